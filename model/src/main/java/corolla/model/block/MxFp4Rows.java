package corolla.model.block;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongUnaryOperator;

/**
 * Hugging Face's MXFP4 as {@link DType#MXFP4}. There a block of 32 numbers is 16 bytes with neighbours in one byte, the even
 * one in its low half, and scales are a tensor of their own; here a block's scale stands before its bytes, and numbers 16 apart
 * share one. The numbers stay what they are.
 */
final class MxFp4Rows {
    private static final int GROUP_BYTES = 16;

    private MxFp4Rows() {}

    /**
     * A matrix (outputs, inputs).
     *
     * @param blocks u8 (outputs, inputs / 32, 16)
     * @param scales u8 (outputs, inputs / 32)
     * @param order which stored row becomes a row
     */
    static Tensor ordered(Arena arena, Tensor blocks, Tensor scales, LongUnaryOperator order) {
        if (blocks.dtype() != DType.U8 || scales.dtype() != DType.U8) {
            throw new IllegalArgumentException("mxfp4 blocks " + blocks + " and scales " + scales + ", expected bytes");
        }
        long outputs = scales.rows();
        long groups = scales.columns();
        Tensor matrix = Tensor.allocate(arena, DType.MXFP4, outputs, groups * DType.MXFP4.elementsPerGroup());
        long at = 0;
        for (long row = 0; row < outputs; row++) {
            long group = order.applyAsLong(row) * groups;
            for (long k = group; k < group + groups; k++, at += 1 + GROUP_BYTES) {
                matrix.data().set(ValueLayout.JAVA_BYTE, at, scales.data().get(ValueLayout.JAVA_BYTE, k));
                copyGroup(blocks.data(), k * GROUP_BYTES, matrix.data(), at + 1);
            }
        }
        return matrix;
    }

    private static void copyGroup(MemorySegment from, long at, MemorySegment to, long toAt) {
        for (int i = 0; i < GROUP_BYTES; i++) {
            int low = number(from, at, i);
            int high = number(from, at, i + GROUP_BYTES);
            to.set(ValueLayout.JAVA_BYTE, toAt + i, (byte) (low | high << 4));
        }
    }

    private static int number(MemorySegment from, long at, int index) {
        int both = from.get(ValueLayout.JAVA_BYTE, at + index / 2);
        return both >> index % 2 * 4 & 15;
    }
}
