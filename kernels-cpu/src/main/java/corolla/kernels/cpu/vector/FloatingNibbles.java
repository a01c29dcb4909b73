package corolla.kernels.cpu.vector;

import corolla.tensor.quant.Mxfp4Codec;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The 4-bit floats of MXFP4, packed as {@link Nibbles} and looked up in a table. */
record FloatingNibbles() implements PanelNumbers {
    private static final float[] FACTORS = {1, 1};
    private static final NibbleTable TABLE = new NibbleTable(Mxfp4Codec::value);

    @Override
    public int vectors() {
        return Nibbles.VECTORS;
    }

    @Override
    public float[] factors() {
        return FACTORS;
    }

    @Override
    public void pack(byte[] codes, int from, MemorySegment panels, long at) {
        Nibbles.packLow(codes, from, GROUP, panels, at);
    }

    @Override
    public void dot(MemorySegment w, long at, int groups, float[] x, int k0, int heads, float[] sums, int to) {
        FloatVector total = FloatVector.fromArray(Lanes.F, x, heads);
        FloatVector group = FloatVector.zero(Lanes.F);
        for (int i = 0; i < groups * Nibbles.VECTORS; i++) {
            IntVector v = IntVector.fromMemorySegment(Lanes.I, w, at + (long) i * Lanes.BYTES, Lanes.LITTLE);
            int k = k0 + i * Nibbles.PER_INT;
            FloatVector s = TABLE.get(v, 0).mul(FloatVector.broadcast(Lanes.F, x[k]));
            s = TABLE.get(v, 4).fma(FloatVector.broadcast(Lanes.F, x[k + 1]), s);
            s = TABLE.get(v, 8).fma(FloatVector.broadcast(Lanes.F, x[k + 2]), s);
            s = TABLE.get(v, 12).fma(FloatVector.broadcast(Lanes.F, x[k + 3]), s);
            s = TABLE.get(v, 16).fma(FloatVector.broadcast(Lanes.F, x[k + 4]), s);
            s = TABLE.get(v, 20).fma(FloatVector.broadcast(Lanes.F, x[k + 5]), s);
            s = TABLE.get(v, 24).fma(FloatVector.broadcast(Lanes.F, x[k + 6]), s);
            s = TABLE.get(v, 28).fma(FloatVector.broadcast(Lanes.F, x[k + 7]), s);
            group = group.add(s);
            if (i % Nibbles.VECTORS == Nibbles.VECTORS - 1) {
                total = FloatVector.fromArray(Lanes.F, x, heads + (1 + i / Nibbles.VECTORS) * Lanes.COUNT)
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
            IntVector v = Lanes.ints(w, at + (long) (k / Nibbles.PER_INT) * Lanes.BYTES)
                    .lanewise(VectorOperators.LSHR, 4 * (k % Nibbles.PER_INT));
            FloatVector even = TABLE.get(v, 0);
            FloatVector odd = TABLE.get(v, 4);
            even.add(shift).mul(scale).sub(minimum).intoMemorySegment(out, column, Lanes.LITTLE);
            odd.add(shift).mul(scale).sub(minimum).intoMemorySegment(out, column + stride, Lanes.LITTLE);
        }
    }
}
