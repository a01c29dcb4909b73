package corolla.tensor.quant;

import corolla.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Q4_K and Q5_K: runs of 32 columns from the smallest element, or zero, to the largest; their scales are quantised once more. */
record KCodec(DType dtype) implements GroupCodec {
    private static final int RUN = 32;

    private int largest() {
        return dtype == DType.Q4_K ? 15 : 31;
    }

    @Override
    public void decode(MemorySegment data, long offset, float[] out, int at) {
        byte[] codes = new byte[dtype.elementsPerGroup()];
        Codes.read(dtype, data, offset, codes);
        for (int run = 0; run < KScales.PAIRS; run++) {
            float scale = KScales.scale(data, offset) * KScales.scaleFactor(data, offset, run);
            float minimum = KScales.minimum(data, offset) * KScales.minimumFactor(data, offset, run);
            for (int i = RUN * run; i < RUN * (run + 1); i++) {
                out[at + i] = scale * codes[i] - minimum;
            }
        }
    }

    @Override
    public void encode(float[] in, int at, MemorySegment data, long offset) {
        float[] steps = new float[KScales.PAIRS];
        float[] offsets = new float[KScales.PAIRS];
        for (int run = 0; run < KScales.PAIRS; run++) {
            float min = 0;
            float max = 0;
            for (int i = 0; i < RUN; i++) {
                min = Math.min(min, in[at + RUN * run + i]);
                max = Math.max(max, in[at + RUN * run + i]);
            }
            steps[run] = (max - min) / largest();
            offsets[run] = -min;
        }
        int[] scales = new int[KScales.PAIRS];
        int[] minimums = new int[KScales.PAIRS];
        float scale = factors(steps, scales);
        float minimum = factors(offsets, minimums);
        KScales.write(data, offset, scale, minimum, scales, minimums);
        byte[] codes = new byte[dtype.elementsPerGroup()];
        for (int i = 0; i < codes.length; i++) {
            float step = scale * scales[i / RUN];
            float above = in[at + i] + minimum * minimums[i / RUN];
            codes[i] = (byte) (step == 0 ? 0 : Math.clamp(Math.round(above / step), 0, largest()));
        }
        write(codes, data, offset + KScales.END);
    }

    /** Writes numbers as 6-bit factors of the returned f16 number. */
    private static float factors(float[] numbers, int[] factors) {
        float max = 0;
        for (float number : numbers) {
            max = Math.max(max, number);
        }
        float unit = Float.float16ToFloat(Float.floatToFloat16(max / KScales.LARGEST));
        for (int i = 0; i < numbers.length; i++) {
            factors[i] = unit == 0 ? 0 : Math.clamp(Math.round(numbers[i] / unit), 0, KScales.LARGEST);
        }
        return unit;
    }

    private void write(byte[] codes, MemorySegment data, long offset) {
        long numbers = offset;
        if (dtype == DType.Q5_K) {
            for (int i = 0; i < RUN; i++) {
                int bits = 0;
                for (int run = 0; run < KScales.PAIRS; run++) {
                    bits |= codes[RUN * run + i] >> 4 << run;
                }
                data.set(ValueLayout.JAVA_BYTE, offset + i, (byte) bits);
            }
            numbers += RUN;
        }
        for (int i = 0; i < codes.length / 2; i++) {
            int low = codes[i / RUN * 2 * RUN + i % RUN] & 15;
            int high = codes[i / RUN * 2 * RUN + RUN + i % RUN] & 15;
            data.set(ValueLayout.JAVA_BYTE, numbers + i, (byte) (low | high << 4));
        }
    }
}
