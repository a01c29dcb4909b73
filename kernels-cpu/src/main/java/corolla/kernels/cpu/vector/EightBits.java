package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Four unsigned bytes in each int lane, masked in place as {@link Nibbles} are. */
record EightBits() implements PanelNumbers {
    private static final int PER_INT = 4;
    private static final int VECTORS = GROUP / PER_INT;

    /** Rounds of the loop in a group: two vectors each. */
    private static final int ROUNDS = VECTORS / 2;

    /** The last number is shifted after all, for its sign. */
    private static final float[] FACTORS = {1, 0x1p-8f, 0x1p-16f, 1};

    private static final IntVector M0 = IntVector.broadcast(Lanes.I, 0xff);
    private static final IntVector M1 = IntVector.broadcast(Lanes.I, 0xff00);
    private static final IntVector M2 = IntVector.broadcast(Lanes.I, 0xff0000);

    @Override
    public int vectors() {
        return VECTORS;
    }

    @Override
    public float[] factors() {
        return FACTORS;
    }

    @Override
    public void pack(byte[] codes, int from, MemorySegment panels, long at) {
        for (int i = 0; i < VECTORS; i++) {
            int packed = 0;
            for (int j = 0; j < PER_INT; j++) {
                packed |= (codes[from + PER_INT * i + j] & 0xff) << (8 * j);
            }
            panels.set(Nibbles.INT, at + (long) i * Lanes.BYTES, packed);
        }
    }

    @Override
    public void dot(MemorySegment w, long at, int groups, float[] x, int k0, int heads, float[] sums, int to) {
        FloatVector total = FloatVector.fromArray(Lanes.F, x, heads);
        FloatVector group = FloatVector.zero(Lanes.F);
        for (int i = 0; i < groups * ROUNDS; i++) {
            long pair = at + (long) i * 2 * Lanes.BYTES;
            IntVector v = IntVector.fromMemorySegment(Lanes.I, w, pair, Lanes.LITTLE);
            int k = k0 + i * 2 * PER_INT;
            FloatVector s = Lanes.toFloats(v.and(M0)).mul(FloatVector.broadcast(Lanes.F, x[k]));
            s = Lanes.toFloats(v.and(M1)).fma(FloatVector.broadcast(Lanes.F, x[k + 1]), s);
            s = Lanes.toFloats(v.and(M2)).fma(FloatVector.broadcast(Lanes.F, x[k + 2]), s);
            s = Lanes.toFloats(v.lanewise(VectorOperators.LSHR, 24)).fma(FloatVector.broadcast(Lanes.F, x[k + 3]), s);
            v = IntVector.fromMemorySegment(Lanes.I, w, pair + Lanes.BYTES, Lanes.LITTLE);
            s = Lanes.toFloats(v.and(M0)).fma(FloatVector.broadcast(Lanes.F, x[k + 4]), s);
            s = Lanes.toFloats(v.and(M1)).fma(FloatVector.broadcast(Lanes.F, x[k + 5]), s);
            s = Lanes.toFloats(v.and(M2)).fma(FloatVector.broadcast(Lanes.F, x[k + 6]), s);
            s = Lanes.toFloats(v.lanewise(VectorOperators.LSHR, 24)).fma(FloatVector.broadcast(Lanes.F, x[k + 7]), s);
            group = group.add(s);
            if (i % ROUNDS == ROUNDS - 1) {
                total = FloatVector.fromArray(Lanes.F, x, heads + (1 + i / ROUNDS) * Lanes.COUNT)
                        .fma(group, total);
                group = FloatVector.zero(Lanes.F);
            }
        }
        total.intoArray(sums, to);
    }

    @Override
    public void decode(
            MemorySegment w,
            long at,
            int from,
            int to,
            float shift,
            float[] scales,
            MemorySegment out,
            long offset,
            long stride) {
        // Two columns a round: with more the compiler stops inlining, see PanelFormat.
        for (int k = from; k < to; k += 2) {
            int run = 2 * (k / GROUP - from / GROUP) * Lanes.COUNT;
            FloatVector scale = FloatVector.fromArray(Lanes.F, scales, run);
            FloatVector minimum = FloatVector.fromArray(Lanes.F, scales, run + Lanes.COUNT);
            long column = offset + (k - from) * stride;
            IntVector v = Lanes.ints(w, at + (long) (k / PER_INT) * Lanes.BYTES)
                    .lanewise(VectorOperators.LSHR, 8 * (k % PER_INT));
            FloatVector even = Lanes.toFloats(v.and(M0));
            FloatVector odd = Lanes.toFloats(v.lanewise(VectorOperators.LSHR, 8).and(M0));
            even.add(shift).mul(scale).sub(minimum).intoMemorySegment(out, column, Lanes.LITTLE);
            odd.add(shift).mul(scale).sub(minimum).intoMemorySegment(out, column + stride, Lanes.LITTLE);
        }
    }
}
