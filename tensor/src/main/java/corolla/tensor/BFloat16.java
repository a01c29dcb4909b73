package corolla.tensor;

/** bfloat16: the upper half of a float. */
public final class BFloat16 {
    private BFloat16() {}

    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Rounds to nearest, ties to even; a NaN stays a NaN. */
    public static short fromFloat(float value) {
        if (Float.isNaN(value)) {
            return (short) 0x7fc0;
        }
        int bits = Float.floatToRawIntBits(value);
        int nearest = bits + 0x7fff + ((bits >>> 16) & 1);
        return (short) (nearest >>> 16);
    }
}
