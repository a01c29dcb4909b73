package corolla.tensor.quant;

import corolla.tensor.BFloat16;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Rows of bf16 or f16, a row at a time: loops that the compiler turns into vectors. */
record HalfCodec(DType dtype) implements RowCodec {

    @Override
    public void decode(MemorySegment data, long offset, int columns, float[] out) {
        short[] bits = new short[columns];
        MemorySegment.copy(data, Tensor.SHORT, offset, bits, 0, columns);
        if (dtype == DType.BF16) {
            for (int k = 0; k < columns; k++) {
                out[k] = BFloat16.toFloat(bits[k]);
            }
        } else {
            for (int k = 0; k < columns; k++) {
                out[k] = Float.float16ToFloat(bits[k]);
            }
        }
    }

    @Override
    public void encode(float[] in, int columns, MemorySegment data, long offset) {
        short[] bits = new short[columns];
        if (dtype == DType.BF16) {
            for (int k = 0; k < columns; k++) {
                bits[k] = BFloat16.fromFloat(in[k]);
            }
        } else {
            for (int k = 0; k < columns; k++) {
                bits[k] = Float.floatToFloat16(in[k]);
            }
        }
        MemorySegment.copy(bits, 0, data, Tensor.SHORT, offset, columns);
    }
}
