package corolla.swarm;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.p2p.PeerId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@link ServerInfo} in the DHT: a tuple {@code (state, throughput, map)}. Stock readers are strict about number types and drop
 * the whole server on a violation: floats are never shrunk to integers. Reading is as strict as theirs, and bounded.
 */
public final class ServerInfoRecord {
    private static final int TEXT_LENGTH_MAX = 256;
    private static final int ADAPTERS_MAX = 1024;
    private static final int PINGS_MAX = 4096;
    private static final int EXTENSIONS_MAX = 64;

    private ServerInfoRecord() {}

    /** The record as stock servers write it, with our extensions behind. */
    public static Pack write(ServerInfo info) {
        return new Pack.Tuple(List.of(
                new Pack.Int(info.state().code()), new Pack.Float(info.throughput()), writeDetails(info.details())));
    }

    private static Pack writeDetails(ServerDetails details) {
        var map = new LinkedHashMap<Pack, Pack>();
        put(map, "start_block", integer(details.startBlock()));
        put(map, "end_block", integer(details.endBlock()));
        put(map, "public_name", text(details.publicName()));
        put(map, "version", text(details.version()));
        put(map, "network_rps", number(details.networkRps()));
        put(map, "forward_rps", number(details.forwardRps()));
        put(map, "inference_rps", number(details.inferenceRps()));
        put(
                map,
                "adapters",
                new Pack.Tuple(
                        details.adapters().stream().map(ServerInfoRecord::text).toList()));
        put(map, "torch_dtype", text(details.torchDtype()));
        put(map, "quant_type", text(details.quantType()));
        put(map, "using_relay", details.usingRelay() == null ? new Pack.Nil() : new Pack.Bool(details.usingRelay()));
        put(map, "cache_tokens_left", integer(details.cacheTokensLeft()));
        put(map, "next_pings", pings(details.nextPings()));
        details.extensions().forEach((key, value) -> put(map, key, value));
        return new Pack.Dictionary(map);
    }

    private static void put(Map<Pack, Pack> map, String key, Pack value) {
        map.put(new Pack.Text(key), value);
    }

    private static Pack integer(@Nullable Number value) {
        return value == null ? new Pack.Nil() : new Pack.Int(value.longValue());
    }

    private static Pack number(@Nullable Double value) {
        return value == null ? new Pack.Nil() : new Pack.Float(value);
    }

    private static Pack text(@Nullable String value) {
        return value == null ? new Pack.Nil() : new Pack.Text(value);
    }

    private static Pack pings(@Nullable Map<PeerId, Double> pings) {
        if (pings == null) {
            return new Pack.Nil();
        }
        var map = new LinkedHashMap<Pack, Pack>();
        pings.forEach((peer, seconds) -> put(map, peer.toBase58(), new Pack.Float(seconds)));
        return new Pack.Dictionary(map);
    }

    /** Reads what a peer announced; throws when a stock reader would drop the record. */
    public static ServerInfo read(Pack value) throws ProtocolException {
        List<Pack> parts = sequence(value, "server info");
        if (parts.size() < 2) {
            throw new ProtocolException("a server info has " + parts.size() + " elements, not 2 or 3");
        }
        if (!(parts.get(0) instanceof Pack.Int code)) {
            throw new ProtocolException("the state of a server info is not an integer");
        }
        ServerState state = ServerState.ofCode(code.value())
                .orElseThrow(() -> new ProtocolException("server state " + code.value() + " is not 0, 1 or 2"));
        double throughput = rate(parts.get(1), "throughput");
        boolean hasDetails = parts.size() > 2 && !(parts.get(2) instanceof Pack.Nil);
        return new ServerInfo(state, throughput, hasDetails ? readDetails(parts.get(2)) : ServerDetails.EMPTY);
    }

    private static ServerDetails readDetails(Pack value) throws ProtocolException {
        if (!(value instanceof Pack.Dictionary map)) {
            throw new ProtocolException("the third element of a server info is not a map");
        }
        var fields = new Fields(map);
        var builder = ServerDetails.builder()
                .startBlock(fields.block("start_block"))
                .endBlock(fields.block("end_block"))
                .publicName(fields.text("public_name"))
                .version(fields.text("version"))
                .networkRps(fields.rate("network_rps"))
                .forwardRps(fields.rate("forward_rps"))
                .inferenceRps(fields.rate("inference_rps"))
                .adapters(fields.texts("adapters"))
                .torchDtype(fields.text("torch_dtype"))
                .quantType(fields.text("quant_type"))
                .usingRelay(fields.bool("using_relay"))
                .cacheTokensLeft(fields.count("cache_tokens_left"))
                .nextPings(fields.pings("next_pings"));
        readExtensions(map, builder);
        return builder.build();
    }

    private static void readExtensions(Pack.Dictionary map, ServerDetails.Builder builder) {
        int count = 0;
        for (Map.Entry<Pack, Pack> entry : map.entries().entrySet()) {
            boolean ours =
                    entry.getKey() instanceof Pack.Text key && key.value().startsWith(ServerDetails.EXTENSION_PREFIX);
            if (ours && count++ < EXTENSIONS_MAX) {
                builder.extension(((Pack.Text) entry.getKey()).value(), entry.getValue());
            }
        }
    }

    private static List<Pack> sequence(Pack value, String what) throws ProtocolException {
        return switch (value) {
            case Pack.Tuple tuple -> tuple.elements();
            case Pack.Sequence list -> list.elements();
            default -> throw new ProtocolException("a " + what + " is not a tuple");
        };
    }

    private static double rate(Pack value, String key) throws ProtocolException {
        if (!(value instanceof Pack.Float number) || !Double.isFinite(number.value()) || number.value() < 0) {
            throw new ProtocolException(key + " of a server info is not a finite float of at least 0");
        }
        return number.value();
    }

    /** Typed access to the map of a server info. A missing key and nil are the same. */
    private record Fields(Pack.Dictionary map) {

        private Optional<Pack> get(String key) {
            Pack value = map.entries().get(new Pack.Text(key));
            return value == null || value instanceof Pack.Nil ? Optional.empty() : Optional.of(value);
        }

        @Nullable
        Long count(String key) throws ProtocolException {
            Pack value = get(key).orElse(null);
            if (value == null) {
                return null;
            }
            if (!(value instanceof Pack.Int number) || number.value() < 0) {
                throw new ProtocolException(key + " of a server info is not an integer of at least 0");
            }
            return number.value();
        }

        @Nullable
        Integer block(String key) throws ProtocolException {
            Long value = count(key);
            if (value != null && value > Integer.MAX_VALUE) {
                throw new ProtocolException(key + " " + value + " of a server info is out of range");
            }
            return value == null ? null : value.intValue();
        }

        @Nullable
        Double rate(String key) throws ProtocolException {
            Pack value = get(key).orElse(null);
            return value == null ? null : ServerInfoRecord.rate(value, key);
        }

        @Nullable
        Boolean bool(String key) throws ProtocolException {
            Pack value = get(key).orElse(null);
            if (value == null) {
                return null;
            }
            if (!(value instanceof Pack.Bool bool)) {
                throw new ProtocolException(key + " of a server info is not a boolean");
            }
            return bool.value();
        }

        @Nullable
        String text(String key) throws ProtocolException {
            Pack value = get(key).orElse(null);
            return value == null ? null : ServerInfoRecord.readText(value, key);
        }

        List<String> texts(String key) throws ProtocolException {
            Pack value = get(key).orElse(null);
            if (value == null) {
                return List.of();
            }
            List<Pack> elements = sequence(value, key + " of a server info");
            if (elements.size() > ADAPTERS_MAX) {
                throw new ProtocolException(key + " of a server info has " + elements.size() + " elements");
            }
            var texts = new ArrayList<String>(elements.size());
            for (Pack element : elements) {
                texts.add(readText(element, key));
            }
            return texts;
        }

        @Nullable
        Map<PeerId, Double> pings(String key) throws ProtocolException {
            Pack value = get(key).orElse(null);
            if (value == null) {
                return null;
            }
            if (!(value instanceof Pack.Dictionary pings) || pings.entries().size() > PINGS_MAX) {
                throw new ProtocolException(key + " of a server info is not a map of at most " + PINGS_MAX);
            }
            var map = new LinkedHashMap<PeerId, Double>();
            for (Map.Entry<Pack, Pack> entry : pings.entries().entrySet()) {
                double seconds = readPing(entry.getValue(), key);
                readPeer(entry.getKey()).ifPresent(peer -> map.put(peer, seconds));
            }
            return map;
        }

        private static double readPing(Pack value, String key) throws ProtocolException {
            if (!(value instanceof Pack.Float seconds) || Double.isNaN(seconds.value()) || seconds.value() < 0) {
                throw new ProtocolException("a value of " + key + " of a server info is not a float of at least 0");
            }
            return seconds.value();
        }
    }

    private static String readText(Pack value, String key) throws ProtocolException {
        if (!(value instanceof Pack.Text text) || text.value().length() > TEXT_LENGTH_MAX) {
            throw new ProtocolException(key + " of a server info is not a text of at most " + TEXT_LENGTH_MAX);
        }
        return text.value();
    }

    /** A ping to somebody unreadable is no reason to drop the server: the entry is of no use, the rest is. */
    private static Optional<PeerId> readPeer(Pack key) {
        try {
            return key instanceof Pack.Text text ? Optional.of(PeerId.parse(text.value())) : Optional.empty();
        } catch (IllegalArgumentException notAPeer) {
            return Optional.empty();
        }
    }
}
