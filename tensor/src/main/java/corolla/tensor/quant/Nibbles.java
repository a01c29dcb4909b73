package corolla.tensor.quant;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Sixteen bytes of two 4-bit numbers: elements 0..15 in the low halves, 16..31 in the high ones. */
final class Nibbles {
    private static final int PAIRS = 16;

    private Nibbles() {}

    static void decode(MemorySegment data, long offset, float scale, float min, float[] out, int at) {
        for (int i = 0; i < PAIRS; i++) {
            int both = data.get(ValueLayout.JAVA_BYTE, offset + i) & 0xff;
            out[at + i] = scale * (both & 15) + min;
            out[at + PAIRS + i] = scale * (both >>> 4) + min;
        }
    }

    static void encode(float[] in, int at, float scale, float min, MemorySegment data, long offset) {
        for (int i = 0; i < PAIRS; i++) {
            int low = nearest(in[at + i], scale, min);
            int high = nearest(in[at + PAIRS + i], scale, min);
            data.set(ValueLayout.JAVA_BYTE, offset + i, (byte) (low | high << 4));
        }
    }

    private static int nearest(float value, float scale, float min) {
        return scale == 0 ? 0 : Math.clamp(Math.round((value - min) / scale), 0, 15);
    }
}
