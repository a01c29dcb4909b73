package corolla.tensor.quant;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Q4_0: the element of the largest magnitude becomes -8, so the scale carries its sign. */
record Q4ZeroCodec() implements GroupCodec {
    private static final int GROUP = DType.Q4_0.elementsPerGroup();

    @Override
    public void decode(MemorySegment data, long offset, float[] out, int at) {
        float scale = Float.float16ToFloat(data.get(Tensor.SHORT, offset));
        byte[] codes = new byte[GROUP];
        Codes.read(DType.Q4_0, data, offset, codes);
        for (int i = 0; i < GROUP; i++) {
            out[at + i] = scale * (codes[i] - 8);
        }
    }

    @Override
    public void encode(float[] in, int at, MemorySegment data, long offset) {
        float largest = 0;
        for (int i = 0; i < GROUP; i++) {
            if (Math.abs(in[at + i]) > Math.abs(largest)) {
                largest = in[at + i];
            }
        }
        float scale = largest / -8;
        data.set(Tensor.SHORT, offset, Float.floatToFloat16(scale));
        Nibbles.encode(in, at, scale, -8 * scale, data, offset + 2);
    }
}
