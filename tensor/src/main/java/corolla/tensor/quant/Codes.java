package corolla.tensor.quant;

import corolla.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The whole numbers stored in a group of a quantised type, one a byte in the order of columns: what re-packing starts from.
 * They are unsigned but for Q8_0; Q6_K's are 32 too large, MXFP4's are indices of {@link Mxfp4Codec#value}.
 */
public final class Codes {
    private static final int HALVES = 16;

    private Codes() {}

    /**
     * Reads one group.
     *
     * @param codes at least {@link DType#elementsPerGroup} bytes
     * @throws IllegalArgumentException when {@code dtype} stores no whole numbers in groups
     */
    public static void read(DType dtype, MemorySegment data, long offset, byte[] codes) {
        switch (dtype) {
            case Q8_0 ->
                MemorySegment.copy(data, ValueLayout.JAVA_BYTE, offset + 2, codes, 0, dtype.elementsPerGroup());
            case Q4_0 -> nibbles(data, offset + 2, HALVES, codes, 0);
            case Q4_1 -> nibbles(data, offset + 4, HALVES, codes, 0);
            case MXFP4 -> nibbles(data, offset + 1, HALVES, codes, 0);
            case Q4_K -> runs(data, offset + KScales.END, codes);
            case Q5_K -> {
                runs(data, offset + KScales.END + 32, codes);
                addFifthBits(data, offset + KScales.END, codes);
            }
            case Q6_K -> sixBits(data, offset, codes);
            case F32, BF16, F16, F64, F8_E4M3, F8_E5M2, I8, U8, I16, I32, I64, BOOL, INT8, NF4 ->
                throw new IllegalArgumentException(dtype + " has no groups");
        }
    }

    /** {@code count} bytes: low halves, then high ones. */
    private static void nibbles(MemorySegment data, long offset, int count, byte[] codes, int at) {
        // Copied first: a model is loaded before the compiler has seen this loop, and single reads of a segment are
        // slow till then.
        int high = at + count;
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, offset, codes, high, count);
        for (int i = 0; i < count; i++) {
            int both = codes[high + i];
            codes[at + i] = (byte) (both & 15);
            codes[high + i] = (byte) ((both >> 4) & 15);
        }
    }

    /** Four runs of 64 columns in 32 bytes. */
    private static void runs(MemorySegment data, long offset, byte[] codes) {
        for (int run = 0; run < 4; run++) {
            nibbles(data, offset + 32L * run, 32, codes, 64 * run);
        }
    }

    private static void addFifthBits(MemorySegment data, long offset, byte[] codes) {
        for (int i = 0; i < 32; i++) {
            int bits = data.get(ValueLayout.JAVA_BYTE, offset + i);
            for (int run = 0; run < 8; run++) {
                codes[32 * run + i] |= (byte) ((bits >> run & 1) << 4);
            }
        }
    }

    private static void sixBits(MemorySegment data, long offset, byte[] codes) {
        for (int half = 0; half < 2; half++) {
            nibbles(data, offset + 64L * half, 64, codes, 128 * half);
            for (int i = 0; i < 32; i++) {
                int bits = data.get(ValueLayout.JAVA_BYTE, offset + 128 + 32L * half + i);
                for (int run = 0; run < 4; run++) {
                    codes[128 * half + 32 * run + i] |= (byte) ((bits >> 2 * run & 3) << 4);
                }
            }
        }
    }
}
