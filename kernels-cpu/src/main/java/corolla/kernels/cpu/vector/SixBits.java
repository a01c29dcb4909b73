package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link WideNibbles} of six bits with a scale for 16 columns: a group is two runs, each of two vectors of low bits and one of
 * high ones.
 */
record SixBits() implements PanelNumbers {
    /** Columns of a run. */
    static final int RUN = 16;

    private static final int RUN_VECTORS = 3;
    private static final int RUN_BYTES = RUN_VECTORS * Lanes.BYTES;

    /** Rounds of the loop in a run: a quadruple each. */
    private static final int ROUNDS = RUN / 4;

    private static final IntVector HIGH = IntVector.broadcast(Lanes.I, 0x30303030);

    @Override
    public int vectors() {
        return RUN_VECTORS * GROUP / RUN;
    }

    @Override
    public float[] factors() {
        return WideNibbles.FACTORS;
    }

    @Override
    public void pack(byte[] codes, int from, MemorySegment panels, long at) {
        for (int run = 0; run < GROUP / RUN; run++) {
            long start = at + (long) run * RUN_BYTES;
            Nibbles.packLow(codes, from + RUN * run, RUN, panels, start);
            WideNibbles.packHigh(codes, from + RUN * run, RUN, 2, panels, start + 2L * Lanes.BYTES);
        }
    }

    @Override
    public void dot(MemorySegment w, long at, int groups, float[] x, int k0, int heads, float[] sums, int to) {
        FloatVector total = FloatVector.fromArray(Lanes.F, x, heads);
        FloatVector group = FloatVector.zero(Lanes.F);
        for (int i = 0; i < groups * (GROUP / RUN) * ROUNDS; i++) {
            long start = at + (long) (i / ROUNDS) * RUN_BYTES;
            int quadruple = i % ROUNDS;
            IntVector high = IntVector.fromMemorySegment(Lanes.I, w, start + 2L * Lanes.BYTES, Lanes.LITTLE)
                    .lanewise(VectorOperators.ROR, (2 * quadruple - 4) & 31)
                    .and(HIGH);
            IntVector v = IntVector.fromMemorySegment(
                            Lanes.I, w, start + (long) (quadruple / 2) * Lanes.BYTES, Lanes.LITTLE)
                    .lanewise(VectorOperators.LSHR, 4 * (quadruple & 1))
                    .and(WideNibbles.LOW)
                    .or(high);
            int k = k0 + i / 2 * Nibbles.PER_INT + (i & 1);
            FloatVector s = Lanes.toFloats(v.and(WideNibbles.BYTE0)).mul(FloatVector.broadcast(Lanes.F, x[k]));
            s = Lanes.toFloats(v.and(WideNibbles.BYTE1)).fma(FloatVector.broadcast(Lanes.F, x[k + 2]), s);
            s = Lanes.toFloats(v.and(WideNibbles.BYTE2)).fma(FloatVector.broadcast(Lanes.F, x[k + 4]), s);
            s = Lanes.toFloats(v.and(WideNibbles.BYTE3)).fma(FloatVector.broadcast(Lanes.F, x[k + 6]), s);
            group = group.add(s);
            if (quadruple == ROUNDS - 1) {
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
            int run = 2 * (k / RUN - from / RUN) * Lanes.COUNT;
            FloatVector scale = FloatVector.fromArray(Lanes.F, scales, run);
            FloatVector minimum = FloatVector.fromArray(Lanes.F, scales, run + Lanes.COUNT);
            long column = offset + (k - from) * stride;
            long start = at + (long) (k / RUN) * RUN_BYTES;
            int eighth = k % RUN / Nibbles.PER_INT;
            int place = k % Nibbles.PER_INT * 4;
            IntVector v = Lanes.ints(w, start + (long) eighth * Lanes.BYTES).lanewise(VectorOperators.LSHR, place);
            IntVector high = Lanes.ints(w, start + (long) 2 * Lanes.BYTES)
                    .lanewise(VectorOperators.LSHR, place + 4 * eighth)
                    .lanewise(VectorOperators.LSHL, 4);
            FloatVector even = Lanes.toFloats(v.and(15).or(high.and(0x30)));
            FloatVector odd = Lanes.toFloats(v.lanewise(VectorOperators.LSHR, 4)
                    .and(15)
                    .or(high.lanewise(VectorOperators.LSHR, 2).and(0x30)));
            even.add(shift).mul(scale).sub(minimum).intoMemorySegment(out, column, Lanes.LITTLE);
            odd.add(shift).mul(scale).sub(minimum).intoMemorySegment(out, column + stride, Lanes.LITTLE);
        }
    }
}
