package corolla.tensor.quant;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Q8_0: the scale is the largest magnitude over 127. */
record Q8Codec() implements GroupCodec {
    private static final int GROUP = DType.Q8_0.elementsPerGroup();

    @Override
    public void decode(MemorySegment data, long offset, float[] out, int at) {
        float scale = Float.float16ToFloat(data.get(Tensor.SHORT, offset));
        for (int i = 0; i < GROUP; i++) {
            out[at + i] = scale * data.get(ValueLayout.JAVA_BYTE, offset + 2 + i);
        }
    }

    @Override
    public void encode(float[] in, int at, MemorySegment data, long offset) {
        float largest = 0;
        for (int i = 0; i < GROUP; i++) {
            largest = Math.max(largest, Math.abs(in[at + i]));
        }
        float scale = largest / 127;
        data.set(Tensor.SHORT, offset, Float.floatToFloat16(scale));
        for (int i = 0; i < GROUP; i++) {
            int q = scale == 0 ? 0 : Math.round(in[at + i] / scale);
            data.set(ValueLayout.JAVA_BYTE, offset + 2 + i, (byte) q);
        }
    }
}
