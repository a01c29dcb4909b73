package corolla.tensor.quant;

import corolla.tensor.DType;
import corolla.tensor.Float8;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Types whose groups are single elements. Integers are clamped and rounded to the nearest when encoded. */
record ElementCodec(DType dtype) implements GroupCodec {
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    @Override
    public void decode(MemorySegment data, long offset, float[] out, int at) {
        out[at] = switch (dtype) {
            case F32 -> data.get(Tensor.FLOAT, offset);
            case F64 -> (float) data.get(DOUBLE, offset);
            case F8_E4M3, F8_E5M2 -> Float8.of(dtype).toFloat(data.get(BYTE, offset));
            case I8 -> data.get(BYTE, offset);
            case U8 -> data.get(BYTE, offset) & 0xff;
            case I16 -> data.get(Tensor.SHORT, offset);
            case I32 -> data.get(INT, offset);
            case I64 -> data.get(LONG, offset);
            case BOOL -> data.get(BYTE, offset) == 0 ? 0 : 1;
            case BF16, F16, Q8_0, Q4_0, Q4_1, Q4_K, Q5_K, Q6_K, MXFP4, INT8, NF4 ->
                throw new IllegalStateException(dtype + " is not read by elements");
        };
    }

    @Override
    public void encode(float[] in, int at, MemorySegment data, long offset) {
        float value = in[at];
        switch (dtype) {
            case F32 -> data.set(Tensor.FLOAT, offset, value);
            case F64 -> data.set(DOUBLE, offset, value);
            case F8_E4M3, F8_E5M2 -> data.set(BYTE, offset, Float8.of(dtype).fromFloat(value));
            case I8 -> data.set(BYTE, offset, (byte) clamp(value, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case U8 -> data.set(BYTE, offset, (byte) clamp(value, 0, 255));
            case I16 -> data.set(Tensor.SHORT, offset, (short) clamp(value, Short.MIN_VALUE, Short.MAX_VALUE));
            case I32 -> data.set(INT, offset, Math.round(value));
            case I64 -> data.set(LONG, offset, Math.round((double) value));
            case BOOL -> data.set(BYTE, offset, (byte) (value == 0 ? 0 : 1));
            case BF16, F16, Q8_0, Q4_0, Q4_1, Q4_K, Q5_K, Q6_K, MXFP4, INT8, NF4 ->
                throw new IllegalStateException(dtype + " is not read by elements");
        }
    }

    private static int clamp(float value, int min, int max) {
        return Math.clamp(Math.round(value), min, max);
    }
}
