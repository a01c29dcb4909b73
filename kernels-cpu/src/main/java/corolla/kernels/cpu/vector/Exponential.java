package corolla.kernels.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * eˣ to about 1e-7, with the same bits from vectors, scalars and every compiler tier. Range reduction x = n·ln 2 + r with a
 * two-part ln 2 (Cody and Waite), then the Taylor polynomial of eʳ, |r| ≤ ln 2 / 2, then 2ⁿ by exponent bits. Results
 * below 2^-126 are 0; x is capped at 88.
 */
final class Exponential {
    private static final float CAP = 88f;
    private static final float FLOOR = -87.3f;
    private static final float INVERSE_LN2 = (float) (1 / 0.6931471805599453);
    private static final float LN2_HIGH = 0x1.63p-1f;
    private static final float LN2_LOW = (float) (0.6931471805599453 - 0x1.63p-1);

    /** Adding this rounds to an integer and leaves it in the low bits. */
    private static final float ROUNDER = 0x1.8p23f;

    private static final float C2 = 1f / 2;
    private static final float C3 = 1f / 6;
    private static final float C4 = 1f / 24;
    private static final float C5 = 1f / 120;
    private static final float C6 = 1f / 720;

    private Exponential() {}

    static FloatVector of(FloatVector x) {
        FloatVector capped = x.min(CAP).max(FLOOR);
        FloatVector shifted =
                capped.fma(FloatVector.broadcast(Lanes.F, INVERSE_LN2), FloatVector.broadcast(Lanes.F, ROUNDER));
        IntVector bits = shifted.reinterpretAsInts();
        FloatVector n = shifted.sub(ROUNDER);
        FloatVector r = n.fma(FloatVector.broadcast(Lanes.F, -LN2_HIGH), capped);
        r = n.fma(FloatVector.broadcast(Lanes.F, -LN2_LOW), r);
        FloatVector p = r.fma(FloatVector.broadcast(Lanes.F, C6), FloatVector.broadcast(Lanes.F, C5));
        p = p.fma(r, FloatVector.broadcast(Lanes.F, C4));
        p = p.fma(r, FloatVector.broadcast(Lanes.F, C3));
        p = p.fma(r, FloatVector.broadcast(Lanes.F, C2));
        p = p.fma(r, FloatVector.broadcast(Lanes.F, 1f));
        p = p.fma(r, FloatVector.broadcast(Lanes.F, 1f));
        FloatVector scaled = p.reinterpretAsInts()
                .add(bits.lanewise(VectorOperators.LSHL, 23))
                .reinterpretAsFloats();
        return scaled.blend(0f, x.compare(VectorOperators.LT, FLOOR));
    }

    static float of(float x) {
        if (x < FLOOR) {
            return 0;
        }
        float capped = Math.max(Math.min(x, CAP), FLOOR);
        float shifted = Math.fma(capped, INVERSE_LN2, ROUNDER);
        float n = shifted - ROUNDER;
        float r = Math.fma(n, -LN2_HIGH, capped);
        r = Math.fma(n, -LN2_LOW, r);
        float p = Math.fma(r, C6, C5);
        p = Math.fma(p, r, C4);
        p = Math.fma(p, r, C3);
        p = Math.fma(p, r, C2);
        p = Math.fma(p, r, 1f);
        p = Math.fma(p, r, 1f);
        return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(shifted) << 23));
    }
}
