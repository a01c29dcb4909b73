package corolla.kernels.cpu.vector;

import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The widest vectors of this machine, and sums of their lanes in a fixed order. */
final class Lanes {
    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
    static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

    /** How many floats a vector holds: 4, 8 or 16. */
    static final int COUNT = F.length();

    /** Bytes of a vector. */
    static final int BYTES = COUNT * Float.BYTES;

    private static final VectorShuffle<Float> BY_8 = by(8);
    private static final VectorShuffle<Float> BY_4 = by(4);
    private static final VectorShuffle<Float> BY_2 = by(2);
    private static final VectorShuffle<Float> BY_1 = by(1);

    private Lanes() {}

    private static VectorShuffle<Float> by(int distance) {
        return VectorShuffle.fromOp(F, lane -> (lane + distance) % COUNT);
    }

    /** Sum of all lanes by halves: the same bits from every compiler tier, unlike {@code reduceLanes}. */
    static float sum(FloatVector v) {
        FloatVector sum = v;
        if (COUNT > 8) {
            sum = sum.add(sum.rearrange(BY_8));
        }
        if (COUNT > 4) {
            sum = sum.add(sum.rearrange(BY_4));
        }
        if (COUNT > 2) {
            sum = sum.add(sum.rearrange(BY_2));
        }
        return sum.add(sum.rearrange(BY_1)).lane(0);
    }

    static FloatVector toFloats(IntVector v) {
        return (FloatVector) v.convert(VectorOperators.I2F, 0);
    }

    static FloatVector floats(MemorySegment data, long offset) {
        return FloatVector.fromMemorySegment(F, data, offset, LITTLE);
    }

    static IntVector ints(MemorySegment data, long offset) {
        return IntVector.fromMemorySegment(I, data, offset, LITTLE);
    }

    static float scalar(MemorySegment data, long offset) {
        return data.get(Tensor.FLOAT, offset);
    }
}
