package corolla.swarm.codec;

import corolla.tensor.DType;

/** Rounding between the floating types, to nearest even, as PyTorch does. */
final class Floats {
    static final float HALF_MAX = 65_504f;

    private Floats() {}

    static float ofBfloat16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & 0x7FFF_FFFF) > 0x7F80_0000) {
            return (short) ((bits >>> 16) | 0x40); // a NaN stays one when its low bits are cut
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** The value of {@code type} nearest to {@code value}. */
    static float round(float value, DType type) {
        return switch (type) {
            case BF16 -> ofBfloat16(toBfloat16(value));
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(value));
            default -> value;
        };
    }

    /** Within what an IEEE half can hold; NaN stays. */
    static float clampToHalf(float value) {
        return Math.clamp(value, -HALF_MAX, HALF_MAX);
    }
}
