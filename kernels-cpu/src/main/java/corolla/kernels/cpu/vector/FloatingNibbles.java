package corolla.kernels.cpu.vector;

import corolla.kernels.cpu.machine.Numbers;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * 4-bit numbers that stand for sixteen floats, packed as {@link Nibbles} and looked up in a table. A vector of 16 lanes holds the whole table, by one
 * permutation; narrower ones hold parts of it, among which a choice is made. Immutable.
 */
final class FloatingNibbles implements PanelNumbers {
    private static final int CODES = 16;
    private static final float[] FACTORS = {1};

    private final float[] values = new float[CODES];

    /** Float bits; repeated, so that any number of parts can be read. */
    private final int[] table = new int[2 * CODES];

    /** A float by its number. */
    interface Values {
        float of(int code);
    }

    FloatingNibbles(Values values) {
        for (int i = 0; i < CODES; i++) {
            this.values[i] = values.of(i);
            table[i] = Float.floatToRawIntBits(values.of(i));
            table[CODES + i] = table[i];
        }
    }

    Numbers machineCode() {
        return Numbers.table(values);
    }

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
        IntVector p = IntVector.fromArray(Lanes.I, table, 0);
        IntVector q = IntVector.fromArray(Lanes.I, table, Lanes.COUNT);
        IntVector r = IntVector.fromArray(Lanes.I, table, 2 * Lanes.COUNT % CODES);
        IntVector s = IntVector.fromArray(Lanes.I, table, 3 * Lanes.COUNT % CODES);
        FloatVector total = FloatVector.fromArray(Lanes.F, x, heads);
        FloatVector group = FloatVector.zero(Lanes.F);
        for (int i = 0; i < groups * Nibbles.VECTORS; i++) {
            IntVector v = IntVector.fromMemorySegment(Lanes.I, w, at + (long) i * Lanes.BYTES, Lanes.LITTLE);
            int k = k0 + i * Nibbles.PER_INT;
            FloatVector sum = get(v, 0, p, q, r, s).mul(FloatVector.broadcast(Lanes.F, x[k]));
            sum = get(v, 4, p, q, r, s).fma(FloatVector.broadcast(Lanes.F, x[k + 1]), sum);
            sum = get(v, 8, p, q, r, s).fma(FloatVector.broadcast(Lanes.F, x[k + 2]), sum);
            sum = get(v, 12, p, q, r, s).fma(FloatVector.broadcast(Lanes.F, x[k + 3]), sum);
            sum = get(v, 16, p, q, r, s).fma(FloatVector.broadcast(Lanes.F, x[k + 4]), sum);
            sum = get(v, 20, p, q, r, s).fma(FloatVector.broadcast(Lanes.F, x[k + 5]), sum);
            sum = get(v, 24, p, q, r, s).fma(FloatVector.broadcast(Lanes.F, x[k + 6]), sum);
            sum = get(v, 28, p, q, r, s).fma(FloatVector.broadcast(Lanes.F, x[k + 7]), sum);
            group = group.add(sum);
            if (i % Nibbles.VECTORS == Nibbles.VECTORS - 1) {
                total = FloatVector.fromArray(Lanes.F, x, heads + (1 + i / Nibbles.VECTORS) * Lanes.COUNT)
                        .fma(group, total);
                group = FloatVector.zero(Lanes.F);
            }
        }
        total.intoArray(sums, to);
    }

    /** The floats of the four bits of each lane from bit {@code shift} on; {@code selectFrom} takes an index modulo the number of lanes. */
    private static FloatVector get(IntVector v, int shift, IntVector p, IntVector q, IntVector r, IntVector s) {
        IntVector shifted = v.lanewise(VectorOperators.LSHR, shift);
        IntVector bits = shifted.selectFrom(p);
        if (Lanes.COUNT < CODES) {
            IntVector code = shifted.and(CODES - 1);
            bits = bits.blend(shifted.selectFrom(q), code.compare(VectorOperators.GE, Lanes.COUNT));
            if (2 * Lanes.COUNT < CODES) {
                bits = bits.blend(shifted.selectFrom(r), code.compare(VectorOperators.GE, 2 * Lanes.COUNT));
                bits = bits.blend(shifted.selectFrom(s), code.compare(VectorOperators.GE, 3 * Lanes.COUNT));
            }
        }
        return bits.reinterpretAsFloats();
    }

    /** There is nothing to shift by or to subtract, and the last column may be an even one. */
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
        IntVector p = IntVector.fromArray(Lanes.I, table, 0);
        IntVector q = IntVector.fromArray(Lanes.I, table, Lanes.COUNT);
        IntVector r = IntVector.fromArray(Lanes.I, table, 2 * Lanes.COUNT % CODES);
        IntVector s = IntVector.fromArray(Lanes.I, table, 3 * Lanes.COUNT % CODES);
        for (int k = from; k < to; k++) {
            FloatVector scale = FloatVector.fromArray(Lanes.F, scales, 2 * (k / GROUP - from / GROUP) * Lanes.COUNT);
            IntVector v = Lanes.ints(w, at + (long) (k / Nibbles.PER_INT) * Lanes.BYTES);
            get(v, 4 * (k % Nibbles.PER_INT), p, q, r, s)
                    .mul(scale)
                    .intoMemorySegment(out, offset + (k - from) * stride, Lanes.LITTLE);
        }
    }
}
