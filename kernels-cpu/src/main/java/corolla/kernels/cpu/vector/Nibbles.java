package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Eight 4-bit numbers in each int lane, the first column in the lowest bits. A number is masked in place, not shifted down: it
 * reads as 16^j · q, and the activation of its column was multiplied by 16^-j beforehand, which changes no bit of the product.
 */
record Nibbles() implements PanelNumbers {
    static final int PER_INT = 8;

    /** Vectors of a group. */
    static final int VECTORS = GROUP / PER_INT;

    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The last number is shifted after all, for its sign. */
    private static final float[] FACTORS = {1, 0x1p-4f, 0x1p-8f, 0x1p-12f, 0x1p-16f, 0x1p-20f, 0x1p-24f, 1};

    private static final IntVector M0 = IntVector.broadcast(Lanes.I, 0xf);
    private static final IntVector M1 = IntVector.broadcast(Lanes.I, 0xf0);
    private static final IntVector M2 = IntVector.broadcast(Lanes.I, 0xf00);
    private static final IntVector M3 = IntVector.broadcast(Lanes.I, 0xf000);
    private static final IntVector M4 = IntVector.broadcast(Lanes.I, 0xf0000);
    private static final IntVector M5 = IntVector.broadcast(Lanes.I, 0xf00000);
    private static final IntVector M6 = IntVector.broadcast(Lanes.I, 0xf000000);

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
        packLow(codes, from, GROUP, panels, at);
    }

    /** Packs the low four bits of some codes for one lane. */
    static void packLow(byte[] codes, int from, int columns, MemorySegment panels, long at) {
        for (int i = 0; i < columns / PER_INT; i++) {
            int packed = 0;
            for (int j = 0; j < PER_INT; j++) {
                packed |= (codes[from + PER_INT * i + j] & 15) << (4 * j);
            }
            panels.set(INT, at + (long) i * Lanes.BYTES, packed);
        }
    }

    /** One chain for eight columns: the next eight do not wait for it. */
    @Override
    public void dot(MemorySegment w, long at, int groups, float[] x, int k0, int heads, float[] sums, int to) {
        FloatVector total = FloatVector.fromArray(Lanes.F, x, heads);
        FloatVector group = FloatVector.zero(Lanes.F);
        for (int i = 0; i < groups * VECTORS; i++) {
            IntVector v = IntVector.fromMemorySegment(Lanes.I, w, at + (long) i * Lanes.BYTES, Lanes.LITTLE);
            int k = k0 + i * PER_INT;
            FloatVector s = Lanes.toFloats(v.and(M0)).mul(FloatVector.broadcast(Lanes.F, x[k]));
            s = Lanes.toFloats(v.and(M1)).fma(FloatVector.broadcast(Lanes.F, x[k + 1]), s);
            s = Lanes.toFloats(v.and(M2)).fma(FloatVector.broadcast(Lanes.F, x[k + 2]), s);
            s = Lanes.toFloats(v.and(M3)).fma(FloatVector.broadcast(Lanes.F, x[k + 3]), s);
            s = Lanes.toFloats(v.and(M4)).fma(FloatVector.broadcast(Lanes.F, x[k + 4]), s);
            s = Lanes.toFloats(v.and(M5)).fma(FloatVector.broadcast(Lanes.F, x[k + 5]), s);
            s = Lanes.toFloats(v.and(M6)).fma(FloatVector.broadcast(Lanes.F, x[k + 6]), s);
            s = Lanes.toFloats(v.lanewise(VectorOperators.LSHR, 28)).fma(FloatVector.broadcast(Lanes.F, x[k + 7]), s);
            group = group.add(s);
            if (i % VECTORS == VECTORS - 1) {
                total = FloatVector.fromArray(Lanes.F, x, heads + (1 + i / VECTORS) * Lanes.COUNT)
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
                    .lanewise(VectorOperators.LSHR, 4 * (k % PER_INT));
            FloatVector even = Lanes.toFloats(v.and(M0));
            FloatVector odd = Lanes.toFloats(v.lanewise(VectorOperators.LSHR, 4).and(M0));
            even.add(shift).mul(scale).sub(minimum).intoMemorySegment(out, column, Lanes.LITTLE);
            odd.add(shift).mul(scale).sub(minimum).intoMemorySegment(out, column + stride, Lanes.LITTLE);
        }
    }
}
