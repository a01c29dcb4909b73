package corolla.tensor.quant;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Q4_1: sixteen steps from the smallest element to the largest. */
record Q4OneCodec() implements GroupCodec {
    private static final int GROUP = DType.Q4_1.elementsPerGroup();

    @Override
    public void decode(MemorySegment data, long offset, float[] out, int at) {
        float scale = Float.float16ToFloat(data.get(Tensor.SHORT, offset));
        float min = Float.float16ToFloat(data.get(Tensor.SHORT, offset + 2));
        Nibbles.decode(data, offset + 4, scale, min, out, at);
    }

    @Override
    public void encode(float[] in, int at, MemorySegment data, long offset) {
        float min = Float.POSITIVE_INFINITY;
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < GROUP; i++) {
            min = Math.min(min, in[at + i]);
            max = Math.max(max, in[at + i]);
        }
        float scale = (max - min) / 15;
        data.set(Tensor.SHORT, offset, Float.floatToFloat16(scale));
        data.set(Tensor.SHORT, offset + 2, Float.floatToFloat16(min));
        Nibbles.encode(in, at, scale, min, data, offset + 4);
    }
}
