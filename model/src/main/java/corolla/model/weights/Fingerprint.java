package corolla.model.weights;

import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * What a block is known by on disk: a hash of the format, of what its tensors are called and like, and of samples of their bytes,
 * spread over each. So a checkpoint may move, and its copy is known; a change that spares every sample is not seen, which training
 * and merging do not.
 */
final class Fingerprint {
    /** Changes with the meaning of the bytes that are kept. */
    private static final String VERSION = "corolla quantised block 1";

    private static final int SAMPLES = 64;
    private static final long SAMPLE_BYTES = 1 << 12;

    private Fingerprint() {}

    static String of(Checkpoint checkpoint, BlockLayoutOnDisk layout) throws IOException {
        MessageDigest digest = QuantisedFile.sha256();
        add(digest, VERSION + " " + layout.dtype());
        for (BlockLayoutOnDisk.Entry entry : layout.entries()) {
            add(digest, entry.name() + " " + entry.stored() + " " + entry.shape());
            try (Arena passing = Arena.ofShared()) {
                addSamples(digest, checkpoint.read(entry.name(), passing));
            }
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    private static void add(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) '\n');
    }

    private static void addSamples(MessageDigest digest, Tensor tensor) {
        MemorySegment data = tensor.data();
        long bytes = data.byteSize();
        for (int i = 0; i < SAMPLES; i++) {
            long from = Math.max(0, bytes - SAMPLE_BYTES) / SAMPLES * i;
            long count = Math.min(SAMPLE_BYTES, bytes - from);
            digest.update(data.asSlice(from, count).toArray(ValueLayout.JAVA_BYTE));
        }
        long last = Math.max(0, bytes - SAMPLE_BYTES);
        digest.update(data.asSlice(last).toArray(ValueLayout.JAVA_BYTE));
    }
}
