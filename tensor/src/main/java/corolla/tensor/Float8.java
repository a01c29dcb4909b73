package corolla.tensor;

/**
 * Floats of eight bits (Micikevicius et al., "FP8 formats for deep learning"): {@link DType#F8_E4M3} with four bits of exponent and
 * no infinities, {@link DType#F8_E5M2}, which is the upper half of a half. Immutable.
 */
public final class Float8 {
    private static final Float8 E4M3 = new Float8(3, 7, 0x7F, 480);
    private static final Float8 E5M2 = new Float8(2, 15, 0x7C, 65_536);
    private static final int SIGN = 0x80;

    private final float[] magnitudes; // by code without sign: those below beyond grow
    private final int beyond;
    private final boolean hasInfinity; // at beyond, NaN after it
    private final float nextAfterMax;

    /**
     * A format.
     *
     * @param beyond the first code that is no finite number
     * @param nextAfterMax the number that would follow the largest
     */
    private Float8(int mantissaBits, int bias, int beyond, float nextAfterMax) {
        this.beyond = beyond;
        this.hasInfinity = beyond < SIGN - 1;
        this.nextAfterMax = nextAfterMax;
        this.magnitudes = new float[SIGN];
        for (int code = 0; code < SIGN; code++) {
            int exponent = code >> mantissaBits;
            int mantissa = code & (1 << mantissaBits) - 1;
            int implied = exponent == 0 ? 0 : 1 << mantissaBits;
            float value = Math.scalb((float) (implied + mantissa), Math.max(1, exponent) - bias - mantissaBits);
            magnitudes[code] = code < beyond ? value : Float.NaN;
        }
        if (hasInfinity) {
            magnitudes[beyond] = Float.POSITIVE_INFINITY;
        }
    }

    /**
     * The rules of a type.
     *
     * @throws IllegalArgumentException when it is neither of the two
     */
    public static Float8 of(DType dtype) {
        return switch (dtype) {
            case F8_E4M3 -> E4M3;
            case F8_E5M2 -> E5M2;
            default -> throw new IllegalArgumentException(dtype + " is no float of eight bits");
        };
    }

    public float toFloat(byte bits) {
        float magnitude = magnitudes[bits & SIGN - 1];
        return bits < 0 ? -magnitude : magnitude;
    }

    /** Rounds to nearest, ties to even; what is too large becomes infinite, or the largest number where there is no infinity. */
    public byte fromFloat(float value) {
        int sign = Float.floatToRawIntBits(value) >>> 31 << 7;
        return (byte) (sign | (Float.isNaN(value) ? SIGN - 1 : nearest(Math.abs(value))));
    }

    private int nearest(float magnitude) {
        int low = 0; // the largest code whose number is not above
        int high = beyond;
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (magnitudes[middle] <= magnitude) {
                low = middle;
            } else {
                high = middle;
            }
        }
        double next = high == beyond ? nextAfterMax : magnitudes[high];
        double middle = (magnitudes[low] + next) / 2;
        boolean up = magnitude > middle || (magnitude == middle && low % 2 == 1);
        return up && (high < beyond || hasInfinity) ? high : low;
    }
}
