package corolla.tensor.quant;

import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** INT8: vector-wise absmax quantisation of weights, a scale for each output (LLM.int8, Dettmers et al. 2022, §2.1). */
record Int8Codec() implements RowCodec {
    private static final int LARGEST = 127;

    @Override
    public void decode(MemorySegment data, long offset, int columns, float[] out) {
        float scale = data.get(Tensor.FLOAT, offset + columns);
        for (int k = 0; k < columns; k++) {
            out[k] = scale * data.get(ValueLayout.JAVA_BYTE, offset + k);
        }
    }

    @Override
    public void encode(float[] in, int columns, MemorySegment data, long offset) {
        float scale = Magnitude.largest(in, 0, columns) / LARGEST;
        data.set(Tensor.FLOAT, offset + columns, scale);
        for (int k = 0; k < columns; k++) {
            int q = scale == 0 ? 0 : Math.clamp(Math.round(in[k] / scale), -LARGEST, LARGEST);
            data.set(ValueLayout.JAVA_BYTE, offset + k, (byte) q);
        }
    }
}
