package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link WideNibbles} of five bits: a group is four vectors of low bits, then one of fifth bits. */
record FiveBits() implements PanelNumbers {
    private static final int VECTORS = Nibbles.VECTORS + 1;

    /** Rounds of the loop in a group: a quadruple each. */
    private static final int ROUNDS = GROUP / 4;

    private static final IntVector FIFTH = IntVector.broadcast(Lanes.I, 0x10101010);

    @Override
    public int vectors() {
        return VECTORS;
    }

    @Override
    public float[] factors() {
        return WideNibbles.FACTORS;
    }

    @Override
    public void pack(byte[] codes, int from, MemorySegment panels, long at) {
        Nibbles.packLow(codes, from, GROUP, panels, at);
        WideNibbles.packHigh(codes, from, GROUP, 1, panels, at + (long) Nibbles.VECTORS * Lanes.BYTES);
    }

    @Override
    public void dot(MemorySegment w, long at, int groups, float[] x, int k0, int heads, float[] sums, int to) {
        FloatVector total = FloatVector.fromArray(Lanes.F, x, heads);
        FloatVector group = FloatVector.zero(Lanes.F);
        for (int i = 0; i < groups * ROUNDS; i++) {
            long start = at + (long) (i / ROUNDS) * VECTORS * Lanes.BYTES;
            int quadruple = i % ROUNDS;
            long low = start + (long) (quadruple / 2) * Lanes.BYTES;
            long high = start + (long) Nibbles.VECTORS * Lanes.BYTES;
            IntVector fifth = IntVector.fromMemorySegment(Lanes.I, w, high, Lanes.LITTLE)
                    .lanewise(VectorOperators.ROR, (quadruple - 4) & 31)
                    .and(FIFTH);
            IntVector v = IntVector.fromMemorySegment(Lanes.I, w, low, Lanes.LITTLE)
                    .lanewise(VectorOperators.LSHR, 4 * (quadruple & 1))
                    .and(WideNibbles.LOW)
                    .or(fifth);
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
            int run = 2 * (k / GROUP - from / GROUP) * Lanes.COUNT;
            FloatVector scale = FloatVector.fromArray(Lanes.F, scales, run);
            FloatVector minimum = FloatVector.fromArray(Lanes.F, scales, run + Lanes.COUNT);
            long column = offset + (k - from) * stride;
            long start = at + (long) (k / GROUP) * VECTORS * Lanes.BYTES;
            int eighth = k % GROUP / Nibbles.PER_INT;
            int place = k % Nibbles.PER_INT * 4;
            IntVector v = Lanes.ints(w, start + (long) eighth * Lanes.BYTES).lanewise(VectorOperators.LSHR, place);
            IntVector high = Lanes.ints(w, start + (long) Nibbles.VECTORS * Lanes.BYTES)
                    .lanewise(VectorOperators.LSHR, place + 2 * eighth)
                    .lanewise(VectorOperators.LSHL, 4);
            FloatVector even = Lanes.toFloats(v.and(15).or(high.and(0x10)));
            FloatVector odd = Lanes.toFloats(v.lanewise(VectorOperators.LSHR, 4)
                    .and(15)
                    .or(high.lanewise(VectorOperators.LSHR, 1).and(0x10)));
            even.add(shift).mul(scale).sub(minimum).intoMemorySegment(out, column, Lanes.LITTLE);
            odd.add(shift).mul(scale).sub(minimum).intoMemorySegment(out, column + stride, Lanes.LITTLE);
        }
    }
}
