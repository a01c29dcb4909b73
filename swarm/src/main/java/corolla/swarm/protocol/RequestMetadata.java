package corolla.swarm.protocol;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.swarm.codec.Compression;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request says beside its tensors. Immutable. A missing key and nil are the same; unknown keys are ignored; a key of
 * the wrong type fails the call, as it does on stock servers. Build one with {@link #builder()}.
 */
public final class RequestMetadata {
    private static final int ID_LENGTH_MAX = 256;
    private static final int NEXT_SERVERS_MAX = 1024;
    private static final RequestMetadata EMPTY = new Builder().build();

    private final Builder values;

    private RequestMetadata(Builder values) {
        this.values = values;
    }

    /** Identifies the server's session for pushes. */
    public @Nullable String sessionId() {
        return values.sessionId;
    }

    /** Identifies a step within its session: one response each. */
    public @Nullable String stepId() {
        return values.stepId;
    }

    /** Tokens per sequence to reserve; mandatory in a session's first message. */
    public @Nullable Long maxLength() {
        return values.maxLength;
    }

    /** Seconds to wait for cache memory; 0 when missing. */
    public double allocTimeoutSeconds() {
        return values.allocTimeout;
    }

    /** Prefix length at which the step continues; empty: where the last step ended. */
    public @Nullable Long startFromPosition() {
        return values.startFromPosition;
    }

    public double points() {
        return values.points;
    }

    /** Name of a LoRA adapter; empty for the base model. */
    public String activeAdapter() {
        return values.activeAdapter;
    }

    /** How tensors are arguments; null when they are in order. */
    public @Nullable ArgsStructure argsStructure() {
        return values.argsStructure;
    }

    /** One compression for each tensor of the answer; null: as the server likes. */
    public @Nullable List<Compression> outputCompression() {
        return values.outputCompression;
    }

    /** Servers behind this one, nearest first. */
    public List<NextServer> nextServers() {
        return values.nextServers;
    }

    /** Whether a server made this message. */
    public boolean isPushed() {
        return values.pushed;
    }

    /** Whether the client of a new session understands a {@link DrainNotice}. */
    public boolean wantsDrainNotices() {
        return values.drainNotices;
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Reads a request's metadata; no bytes are an empty map. */
    public static RequestMetadata read(byte[] bytes) throws ProtocolException {
        if (bytes.length == 0) {
            return EMPTY;
        }
        var builder = new Builder();
        for (Map.Entry<Pack, Pack> entry : Pack.decode(bytes).asMap().entrySet()) {
            if (entry.getKey() instanceof Pack.Text key && !entry.getValue().isNil()) {
                builder.read(key.value(), entry.getValue());
            }
        }
        return builder.build();
    }

    /**
     * The metadata of a step on its way from server to server: whatever the client said, for the session of the next server.
     *
     * @param step the step's metadata as the client sent it
     * @param to who gets the step
     * @param rest the servers behind that one
     */
    public static byte[] pushed(byte[] step, NextServer to, List<NextServer> rest) throws ProtocolException {
        Pack.MapBuilder map = Pack.map();
        for (Map.Entry<Pack, Pack> entry : Pack.decode(step).asMap().entrySet()) {
            map.put(entry.getKey(), entry.getValue());
        }
        return map.put("session_id", to.sessionId())
                .put("next_servers", rest.stream().map(NextServer::write).toList())
                .put("pushed", true)
                .build()
                .encode();
    }

    /** The map with the keys that are set, in the order in which stock clients write them. */
    public byte[] write() {
        return values.write().encode();
    }

    /** Collects values. Confined to one thread until built; not used after. */
    public static final class Builder {
        private @Nullable String sessionId;
        private @Nullable String stepId;
        private @Nullable Long maxLength;
        private double allocTimeout;
        private @Nullable Long startFromPosition;
        private double points;
        private boolean writesCallKeys;
        private String activeAdapter = "";
        private @Nullable ArgsStructure argsStructure;
        private @Nullable List<Compression> outputCompression;
        private List<NextServer> nextServers = List.of();
        private boolean pushed;
        private boolean drainNotices;

        private Builder() {}

        public Builder sessionId(String value) {
            sessionId = value;
            return this;
        }

        public Builder stepId(String value) {
            stepId = value;
            return this;
        }

        public Builder maxLength(long value) {
            maxLength = value;
            return this;
        }

        public Builder allocTimeoutSeconds(double value) {
            allocTimeout = value;
            return this;
        }

        public Builder startFromPosition(long value) {
            startFromPosition = value;
            return this;
        }

        /** Writes the keys that open a call or a session: points (stock clients always spend 0) and the adapter. */
        public Builder opening(String adapter) {
            writesCallKeys = true;
            activeAdapter = adapter;
            return this;
        }

        public Builder argsStructure(ArgsStructure value) {
            argsStructure = value;
            return this;
        }

        public Builder outputCompression(List<Compression> value) {
            outputCompression = List.copyOf(value);
            return this;
        }

        public Builder nextServers(List<NextServer> value) {
            nextServers = List.copyOf(value);
            return this;
        }

        public Builder pushed(boolean value) {
            pushed = value;
            return this;
        }

        public Builder drainNotices(boolean value) {
            drainNotices = value;
            return this;
        }

        public RequestMetadata build() {
            return new RequestMetadata(this);
        }

        private Pack write() {
            Pack.MapBuilder map = Pack.map();
            if (sessionId != null) {
                map.put("session_id", sessionId);
            }
            if (stepId != null) {
                map.put("step_id", stepId);
            }
            if (maxLength != null) {
                map.put("max_length", maxLength);
            }
            if (writesCallKeys) {
                map.put("points", points);
                map.put("active_adapter", activeAdapter.isEmpty() ? null : activeAdapter);
            }
            if (argsStructure != null) {
                map.put("args_structure", argsStructure.write());
            }
            writeRare(map);
            return map.build();
        }

        private void writeRare(Pack.MapBuilder map) {
            if (startFromPosition != null) {
                map.put("start_from_position", startFromPosition);
            }
            if (allocTimeout > 0) {
                map.put("alloc_timeout", allocTimeout);
            }
            if (outputCompression != null) {
                map.put(
                        "output_compression",
                        Pack.tuple(outputCompression.stream()
                                .map(Compression::code)
                                .toArray()));
            }
            if (!nextServers.isEmpty()) {
                map.put(
                        "next_servers",
                        nextServers.stream().map(NextServer::write).toList());
            }
            if (pushed) {
                map.put("pushed", true);
            }
            if (drainNotices) {
                map.put(DrainNotice.EXTENSION, true);
            }
        }

        private void read(String key, Pack value) throws ProtocolException {
            switch (key) {
                case "session_id" -> sessionId = text(key, value);
                case "step_id" -> stepId = text(key, value);
                case "max_length" -> maxLength = value.asLong();
                case "alloc_timeout" -> allocTimeout = seconds(key, value);
                case "start_from_position" -> startFromPosition = value.asLong();
                case "points" -> points = value.asDouble();
                case "active_adapter" -> activeAdapter = text(key, value);
                case "args_structure" -> argsStructure = ArgsStructure.read(value);
                case "output_compression" -> outputCompression = compressions(value);
                case "next_servers" -> nextServers = servers(value);
                case "pushed" -> pushed = value.asBool();
                case DrainNotice.EXTENSION -> drainNotices = value.asBool();
                default -> {} // newer peers may know more
            }
        }

        private static String text(String key, Pack value) throws ProtocolException {
            String text = value.asText();
            if (text.length() > ID_LENGTH_MAX) {
                throw new ProtocolException(key + " has " + text.length() + " characters, more than " + ID_LENGTH_MAX);
            }
            return text;
        }

        private static double seconds(String key, Pack value) throws ProtocolException {
            double seconds = value.asDouble();
            if (Double.isNaN(seconds) || seconds < 0) {
                throw new ProtocolException(key + " " + seconds + " is not a number of seconds of at least 0");
            }
            return seconds;
        }

        private static List<Compression> compressions(Pack value) throws ProtocolException {
            var list = new ArrayList<Compression>();
            for (Pack element : value.asList()) {
                long code = element.asLong();
                list.add(Compression.ofCode(code)
                        .orElseThrow(() -> new ProtocolException("output_compression " + code + " is not known")));
            }
            return List.copyOf(list);
        }

        private static List<NextServer> servers(Pack value) throws ProtocolException {
            List<Pack> elements = value.asList();
            if (elements.size() > NEXT_SERVERS_MAX) {
                throw new ProtocolException("next_servers has " + elements.size() + " elements");
            }
            var list = new ArrayList<NextServer>(elements.size());
            for (Pack element : elements) {
                list.add(NextServer.read(element));
            }
            return List.copyOf(list);
        }
    }
}
