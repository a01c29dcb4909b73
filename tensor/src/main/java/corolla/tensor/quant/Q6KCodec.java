package corolla.tensor.quant;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Q6_K: runs of 16 columns whose largest magnitude becomes 31; their scales are quantised once more, to signed bytes. */
record Q6KCodec() implements GroupCodec {
    private static final int RUN = 16;
    private static final int SCALES = 192;
    private static final int SCALE = 208;

    @Override
    public void decode(MemorySegment data, long offset, float[] out, int at) {
        byte[] codes = new byte[DType.Q6_K.elementsPerGroup()];
        Codes.read(DType.Q6_K, data, offset, codes);
        float scale = Float.float16ToFloat(data.get(Tensor.SHORT, offset + SCALE));
        for (int run = 0; run < codes.length / RUN; run++) {
            float step = scale * data.get(ValueLayout.JAVA_BYTE, offset + SCALES + run);
            for (int i = RUN * run; i < RUN * (run + 1); i++) {
                out[at + i] = step * (codes[i] - 32);
            }
        }
    }

    @Override
    public void encode(float[] in, int at, MemorySegment data, long offset) {
        int count = DType.Q6_K.elementsPerGroup();
        float[] largest = new float[count / RUN];
        float largestOfAll = 0;
        for (int i = 0; i < count; i++) {
            largest[i / RUN] = Math.max(largest[i / RUN], Math.abs(in[at + i]));
            largestOfAll = Math.max(largestOfAll, Math.abs(in[at + i]));
        }
        float scale = Float.float16ToFloat(Float.floatToFloat16(largestOfAll / 31 / 127));
        data.set(Tensor.SHORT, offset + SCALE, Float.floatToFloat16(scale));
        byte[] codes = new byte[count];
        for (int run = 0; run < largest.length; run++) {
            int factor = scale == 0 ? 0 : Math.clamp(Math.round(largest[run] / 31 / scale), 0, 127);
            data.set(ValueLayout.JAVA_BYTE, offset + SCALES + run, (byte) factor);
            float step = scale * factor;
            for (int i = RUN * run; i < RUN * (run + 1); i++) {
                codes[i] = (byte) (32 + (step == 0 ? 0 : Math.clamp(Math.round(in[at + i] / step), -32, 31)));
            }
        }
        write(codes, data, offset);
    }

    private static void write(byte[] codes, MemorySegment data, long offset) {
        for (int half = 0; half < 2; half++) {
            int first = 128 * half;
            for (int i = 0; i < 64; i++) {
                int both = codes[first + i] & 15 | (codes[first + 64 + i] & 15) << 4;
                data.set(ValueLayout.JAVA_BYTE, offset + 64L * half + i, (byte) both);
            }
            for (int i = 0; i < 32; i++) {
                int bits = 0;
                for (int run = 0; run < 4; run++) {
                    bits |= codes[first + 32 * run + i] >> 4 << 2 * run;
                }
                data.set(ValueLayout.JAVA_BYTE, offset + 128 + 32L * half + i, (byte) bits);
            }
        }
    }
}
