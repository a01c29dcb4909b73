package corolla.kernels.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/** Sums of lanes of four vectors at once, and of every fourth lane of one; each has the bits of {@link Lanes#sum}'s order. */
final class FourSums {
    private static final VectorShuffle<Float> BY_8 = by(8);
    private static final VectorShuffle<Float> BY_4 = by(4);
    private static final VectorShuffle<Float> BY_2 = by(2);
    private static final VectorShuffle<Float> BY_1 = by(1);
    private static final VectorMask<Float> BIT_3 = lanes(8);
    private static final VectorMask<Float> BIT_2 = lanes(4);

    private static final VectorShuffle<Float> CROSS_4 = VectorShuffle.fromOp(Lanes.F, lane -> lane ^ (4 % Lanes.COUNT));

    /** Sums of a, c, b and d are in lanes 0, 4, 8 and 12 at the end. */
    private static final VectorShuffle<Float> ORDER =
            VectorShuffle.fromOp(Lanes.F, lane -> new int[] {0, 8, 4, 12}[lane % 4] % Lanes.COUNT);

    private static final VectorMask<Float> FIRST_FOUR = VectorMask.fromLong(Lanes.F, 15);

    private FourSums() {}

    private static VectorShuffle<Float> by(int distance) {
        return VectorShuffle.fromOp(Lanes.F, lane -> (lane + distance) % Lanes.COUNT);
    }

    /** Lanes whose index has this bit. */
    private static VectorMask<Float> lanes(int bit) {
        long lanes = 0;
        for (int i = 0; i < Lanes.COUNT; i++) {
            lanes |= (i & bit) == 0 ? 0 : 1L << i;
        }
        return VectorMask.fromLong(Lanes.F, lanes);
    }

    /** The sums of all lanes of each to {@code out[to ... to + 4)}. */
    static void store(FloatVector a, FloatVector b, FloatVector c, FloatVector d, float[] out, int to) {
        if (Lanes.COUNT != 16) {
            out[to] = Lanes.sum(a);
            out[to + 1] = Lanes.sum(b);
            out[to + 2] = Lanes.sum(c);
            out[to + 3] = Lanes.sum(d);
            return;
        }
        // Halves of two vectors are added in one: a's in the lower lanes, b's in the upper.
        FloatVector ab = a.blend(b, BIT_3).add(b.blend(a, BIT_3).rearrange(BY_8));
        FloatVector cd = c.blend(d, BIT_3).add(d.blend(c, BIT_3).rearrange(BY_8));
        FloatVector all = ab.blend(cd, BIT_2).add(swapped(ab, cd));
        all = all.add(all.rearrange(BY_2));
        all = all.add(all.rearrange(BY_1));
        all.rearrange(ORDER).intoArray(out, to, FIRST_FOUR);
    }

    /** What {@code ab.blend(cd, BIT_2)} is added to: in each half of eight lanes the other four of the same vector. */
    private static FloatVector swapped(FloatVector ab, FloatVector cd) {
        return cd.blend(ab, BIT_2).rearrange(CROSS_4);
    }

    /** The largest of all lanes with the same remainder by 4. */
    static FloatVector maxOfHeads(FloatVector v) {
        FloatVector max = v;
        if (Lanes.COUNT > 8) {
            max = max.max(max.rearrange(BY_8));
        }
        return Lanes.COUNT > 4 ? max.max(max.rearrange(BY_4)) : max;
    }

    /** The sum of all lanes with the same remainder by 4. */
    static FloatVector sumOfHeads(FloatVector v) {
        FloatVector sum = v;
        if (Lanes.COUNT > 8) {
            sum = sum.add(sum.rearrange(BY_8));
        }
        return Lanes.COUNT > 4 ? sum.add(sum.rearrange(BY_4)) : sum;
    }
}
