package corolla.kernels.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Numbers packed in the lanes of int vectors, as floats. */
final class Packed {
    private static final IntVector F16_BITS = IntVector.broadcast(Lanes.I, 0x8fffe000);
    private static final IntVector HIGH_HALF = IntVector.broadcast(Lanes.I, 0xffff0000);
    private static final IntVector BYTE = IntVector.broadcast(Lanes.I, 0xff);
    private static final FloatVector F16_SCALE = FloatVector.broadcast(Lanes.F, 0x1p112f);

    private Packed() {}

    /** The f16 numbers in the low halves, exactly; infinity and NaN read as large numbers. */
    static FloatVector lowF16(IntVector v) {
        return highF16(v.lanewise(VectorOperators.LSHL, 16));
    }

    /** The f16 numbers in the high halves: their bits moved to where f32 has its own are the numbers times 2^-112. */
    static FloatVector highF16(IntVector v) {
        return v.lanewise(VectorOperators.ASHR, 3)
                .and(F16_BITS)
                .reinterpretAsFloats()
                .mul(F16_SCALE);
    }

    static FloatVector lowBFloat16(IntVector v) {
        return v.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    static FloatVector highBFloat16(IntVector v) {
        return v.and(HIGH_HALF).reinterpretAsFloats();
    }

    /** The unsigned byte {@code index} of each lane, 0 the lowest. */
    static FloatVector unsignedByte(IntVector v, int index) {
        return Lanes.toFloats(v.lanewise(VectorOperators.LSHR, 8 * index).and(BYTE));
    }

    /** The signed byte {@code index} of each lane. */
    static FloatVector signedByte(IntVector v, int index) {
        return Lanes.toFloats(v.lanewise(VectorOperators.LSHL, 24 - 8 * index).lanewise(VectorOperators.ASHR, 24));
    }
}
