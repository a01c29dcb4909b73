package corolla.kernels.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Sixteen floats, one for each 4-bit number. A vector of 16 lanes holds them all; narrower ones hold parts. */
final class NibbleTable {
    private static final int CODES = 16;
    private static final IntVector MASK = IntVector.broadcast(Lanes.I, CODES - 1);

    private final IntVector first;
    private final IntVector[] rest;

    /** A float by its number. */
    interface Values {
        float of(int code);
    }

    NibbleTable(Values values) {
        int[] bits = new int[CODES];
        for (int i = 0; i < CODES; i++) {
            bits[i] = Float.floatToIntBits(values.of(i));
        }
        first = IntVector.fromArray(Lanes.I, bits, 0);
        rest = new IntVector[CODES / Lanes.COUNT - 1];
        for (int i = 0; i < rest.length; i++) {
            rest[i] = IntVector.fromArray(Lanes.I, bits, (i + 1) * Lanes.COUNT);
        }
    }

    /** The floats of the four bits of each lane from bit {@code shift} on. */
    FloatVector get(IntVector v, int shift) {
        IntVector shifted = v.lanewise(VectorOperators.LSHR, shift);
        if (Lanes.COUNT == CODES) {
            // selectFrom takes an index modulo the number of lanes.
            return shifted.selectFrom(first).reinterpretAsFloats();
        }
        IntVector codes = shifted.and(MASK);
        IntVector found = codes.and(Lanes.COUNT - 1).selectFrom(first);
        for (int i = 0; i < rest.length; i++) {
            IntVector here = codes.sub((i + 1) * Lanes.COUNT);
            IntVector other = here.and(Lanes.COUNT - 1).selectFrom(rest[i]);
            found = found.blend(other, here.compare(VectorOperators.GE, 0));
        }
        return found.reinterpretAsFloats();
    }
}
