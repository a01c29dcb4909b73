package corolla.tensor.quant;

import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The head of Q4_K and Q5_K groups: scale and minimum in f16, then eight pairs of 6-bit factors in 12 bytes. The first four
 * pairs have bytes of their own, whose upper two bits are the upper bits of the last four; those have their low halves in the
 * last four bytes.
 */
public final class KScales {
    /** Pairs in a group. */
    public static final int PAIRS = 8;

    static final int LARGEST = 63;

    /** Bytes of the head. */
    static final int END = 16;

    private static final int FIRST = 4;

    private KScales() {}

    /** What factors of scales are multiplied by. */
    public static float scale(MemorySegment data, long group) {
        return Float.float16ToFloat(data.get(Tensor.SHORT, group));
    }

    /** What factors of minimums are multiplied by; it is subtracted. */
    public static float minimum(MemorySegment data, long group) {
        return Float.float16ToFloat(data.get(Tensor.SHORT, group + 2));
    }

    /** The scale's factor of columns {@code 32 · pair} and on. */
    public static int scaleFactor(MemorySegment data, long group, int pair) {
        return pair < 4
                ? at(data, group, pair) & 63
                : at(data, group, pair + 4) & 15 | (at(data, group, pair - 4) >> 6) << 4;
    }

    /** The minimum's factor of columns {@code 32 · pair} and on. */
    public static int minimumFactor(MemorySegment data, long group, int pair) {
        return pair < 4
                ? at(data, group, pair + 4) & 63
                : at(data, group, pair + 4) >> 4 | (at(data, group, pair) >> 6) << 4;
    }

    private static int at(MemorySegment data, long group, int index) {
        return data.get(ValueLayout.JAVA_BYTE, group + FIRST + index) & 0xff;
    }

    static void write(MemorySegment data, long group, float scale, float minimum, int[] scales, int[] minimums) {
        data.set(Tensor.SHORT, group, Float.floatToFloat16(scale));
        data.set(Tensor.SHORT, group + 2, Float.floatToFloat16(minimum));
        for (int i = 0; i < 4; i++) {
            set(data, group, i, scales[i] | (scales[i + 4] >> 4) << 6);
            set(data, group, i + 4, minimums[i] | (minimums[i + 4] >> 4) << 6);
            set(data, group, i + 8, scales[i + 4] & 15 | (minimums[i + 4] & 15) << 4);
        }
    }

    private static void set(MemorySegment data, long group, int index, int value) {
        data.set(ValueLayout.JAVA_BYTE, group + FIRST + index, (byte) value);
    }
}
