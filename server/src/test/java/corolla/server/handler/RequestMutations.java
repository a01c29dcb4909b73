package corolla.server.handler;

import static corolla.server.handler.TinyServer.uid;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.RequestMetadata;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Damages requests: half of them byte by byte, half where it hurts (sizes of tensors, their types and codecs, values of the metadata, names
 * of blocks), so that they get far. From a seed.
 */
final class RequestMutations {
    private static final long[] SIZES = {0, 1, 2, 3, 64, 65, 1 << 16, 1 << 20, 0x7FFF_FFFFL, 0x8000_0000L, 0xFFFF_FFFFL
    };
    private static final String[] TYPES = {
        "float32", "float16", "bfloat16", "float64", "int64", "uint8", "bool", "", "float", "x"
    };
    private static final String[] UIDS = {
        "",
        " ",
        "tiny.1",
        "tiny.1 tiny.1",
        "tiny.3 tiny.2",
        "tiny.9",
        "tiny.",
        "tiny.1  tiny.2",
        "other.1",
        "tiny.99999999999"
    };

    private final SplittableRandom random;

    RequestMutations(long seed) {
        this.random = new SplittableRandom(seed);
    }

    SplittableRandom random() {
        return random;
    }

    static byte[] request(RequestMetadata.Builder metadata, WireTensor... tensors) {
        return ExpertMessages.write(
                new ExpertRequest(uid(1, 4), List.of(tensors), metadata.build().write()));
    }

    /** A damaged copy, of at least one byte. */
    byte[] mutate(byte[] request) throws ProtocolException {
        ExpertRequest whole = ExpertMessages.readRequest(request);
        return random.nextBoolean() || whole.tensors().isEmpty() ? bytes(request) : structure(whole);
    }

    /** Mostly near the beginning, where sizes and names are. */
    private byte[] bytes(byte[] original) {
        byte[] bytes = original.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextBoolean() ? random.nextInt(Math.min(64, bytes.length)) : random.nextInt(bytes.length);
            if (random.nextInt(4) == 0) {
                bytes = Arrays.copyOf(bytes, Math.max(1, at));
            } else {
                bytes[at] = (byte) random.nextInt(256);
            }
        }
        return bytes;
    }

    private byte[] structure(ExpertRequest request) throws ProtocolException {
        String uid = request.uid();
        var tensors = new ArrayList<>(request.tensors());
        byte[] metadata = request.metadata();
        switch (random.nextInt(8)) {
            case 0 -> uid = UIDS[random.nextInt(UIDS.length)];
            case 1, 2, 3 -> metadata = metadata(metadata);
            case 4 -> tensors.add(tensors.get(random.nextInt(tensors.size())));
            default -> {
                int at = random.nextInt(tensors.size());
                tensors.set(at, tensor(tensors.get(at)));
            }
        }
        return ExpertMessages.write(new ExpertRequest(uid, tensors, metadata));
    }

    private WireTensor tensor(WireTensor tensor) {
        long[] sizes = tensor.sizes();
        String type = tensor.dtype();
        Compression codec = tensor.compression();
        byte[] bytes = tensor.buffer().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        switch (random.nextInt(6)) {
            case 0 -> type = TYPES[random.nextInt(TYPES.length)];
            case 1 -> codec = Compression.ofCode(random.nextInt(6)).orElseThrow();
            case 2 -> bytes = Arrays.copyOf(bytes, random.nextInt(2 * bytes.length + 1));
            case 3 -> sizes = Arrays.copyOf(sizes, random.nextInt(8));
            default -> {
                if (sizes.length > 0) {
                    sizes[random.nextInt(sizes.length)] = SIZES[random.nextInt(SIZES.length)];
                }
            }
        }
        return WireTensor.of(bytes, type, codec, sizes);
    }

    private byte[] metadata(byte[] metadata) throws ProtocolException {
        Pack.MapBuilder map = Pack.map();
        Map<Pack, Pack> entries = Pack.decode(metadata).asMap();
        int hit = random.nextInt(Math.max(1, entries.size()));
        int at = 0;
        for (Map.Entry<Pack, Pack> entry : entries.entrySet()) {
            boolean isHit = at++ == hit;
            map.put(entry.getKey(), isHit ? value() : entry.getValue());
        }
        return map.build().encode();
    }

    private Pack value() {
        return switch (random.nextInt(10)) {
            case 0 -> new Pack.Nil();
            case 1 -> new Pack.Bool(true);
            case 2 -> new Pack.Int(SIZES[random.nextInt(SIZES.length)] * (random.nextBoolean() ? 1 : -1));
            case 3 -> new Pack.Int(random.nextLong());
            case 4 -> new Pack.Float(random.nextBoolean() ? Double.NaN : random.nextDouble(-1e9, 1e9));
            case 5 -> new Pack.Text("x".repeat(random.nextInt(600)));
            case 6 ->
                Pack.tuple(
                        Pack.tuple(new Pack.Bytes(new byte[] {'_', '_', 'T', '9'})),
                        Pack.map().build());
            case 7 -> Pack.list(random.nextInt(8), random.nextInt(8));
            case 8 -> new Pack.Extension((byte) random.nextInt(0x41, 128), new byte[random.nextInt(16)]);
            default -> Pack.list(Pack.tuple("12D3KooX", "s", random.nextInt(), random.nextInt()));
        };
    }
}
