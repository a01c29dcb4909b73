package corolla.tensor.quant;

import corolla.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * MXFP4 (OCP Microscaling Formats 1.0, E2M1 elements under an E8M0 scale) in the order of GGUF. The largest magnitude gets
 * an exponent of two, so that it lies between 4 and 8, of which 6 is the largest element.
 */
public record Mxfp4Codec() implements GroupCodec {
    private static final int GROUP = DType.MXFP4.elementsPerGroup();
    private static final int CODES = 16;
    private static final int BIAS = 127;
    private static final float[] VALUES = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, 0, -0.5f, -1, -1.5f, -2, -3, -4, -6};

    /** The 4-bit float with these bits, 0 to 15. */
    public static float value(int code) {
        return VALUES[code];
    }

    /** 2^(e − 127) for the unsigned byte e; 0 is the smallest, not zero. The standard's NaN, 255, reads as 2^128, infinity. */
    public static float scale(byte exponent) {
        return Math.scalb(1f, (exponent & 0xff) - BIAS);
    }

    @Override
    public void decode(MemorySegment data, long offset, float[] out, int at) {
        byte[] codes = new byte[GROUP];
        Codes.read(DType.MXFP4, data, offset, codes);
        float scale = scale(data.get(ValueLayout.JAVA_BYTE, offset));
        for (int i = 0; i < GROUP; i++) {
            out[at + i] = scale * VALUES[codes[i]];
        }
    }

    @Override
    public void encode(float[] in, int at, MemorySegment data, long offset) {
        float largest = 0;
        for (int i = 0; i < GROUP; i++) {
            largest = Math.max(largest, Math.abs(in[at + i]));
        }
        int exponent = largest == 0 ? 0 : Math.clamp(Math.getExponent(largest) - 2 + BIAS, 0, 254);
        data.set(ValueLayout.JAVA_BYTE, offset, (byte) exponent);
        float scale = scale((byte) exponent);
        for (int i = 0; i < GROUP / 2; i++) {
            int both = nearest(in[at + i], scale) | nearest(in[at + GROUP / 2 + i], scale) << 4;
            data.set(ValueLayout.JAVA_BYTE, offset + 1 + i, (byte) both);
        }
    }

    private static int nearest(float number, float scale) {
        int best = 0;
        for (int code = 1; code < CODES; code++) {
            if (Math.abs(scale * VALUES[code] - number) < Math.abs(scale * VALUES[best] - number)) {
                best = code;
            }
        }
        return best;
    }
}
