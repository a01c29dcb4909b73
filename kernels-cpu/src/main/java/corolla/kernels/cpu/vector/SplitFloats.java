package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Floats as sums of two bf16, {@code high + low}, both rounded to nearest: at most 2^-17 of the number is lost, and nothing of one of
 * sixteen significant bits. Where {@code low} would be below the smallest normal number, arithmetic in bf16 takes it for zero. NaN and
 * infinities stay so in {@code high}.
 */
public final class SplitFloats {
    private static final VectorSpecies<Short> S =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Lanes.COUNT * Short.SIZE));
    private static final int HIGH = 0xffff0000;

    /** Numbers from 2^127 on, infinities and NaN: rounded up they might become infinite, so they are cut off. */
    private static final int HUGE = 0x7f000000;

    private SplitFloats() {}

    /** Splits {@code count} floats; halves are two bytes each. */
    public static void split(MemorySegment x, long at, int count, MemorySegment halves, long highAt, long lowAt) {
        int body = count - count % Lanes.COUNT;
        for (int i = 0; i < body; i += Lanes.COUNT) {
            FloatVector value = Lanes.floats(x, at + 4L * i);
            IntVector high = rounded(value);
            FloatVector rest = value.sub(high.reinterpretAsFloats());
            store(high, halves, highAt + 2L * i);
            store(rounded(rest), halves, lowAt + 2L * i);
        }
        for (int i = body; i < count; i++) {
            float value = Lanes.scalar(x, at + 4L * i);
            int high = rounded(value);
            halves.set(ValueLayout.JAVA_SHORT_UNALIGNED, highAt + 2L * i, (short) (high >>> 16));
            int low = rounded(value - Float.intBitsToFloat(high));
            halves.set(ValueLayout.JAVA_SHORT_UNALIGNED, lowAt + 2L * i, (short) (low >>> 16));
        }
    }

    private static IntVector rounded(FloatVector value) {
        IntVector bits = value.reinterpretAsInts();
        IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
        IntVector nearest = bits.add(odd).add(0x7fff);
        return nearest.blend(bits, bits.and(Integer.MAX_VALUE).compare(VectorOperators.GE, HUGE))
                .and(HIGH);
    }

    private static int rounded(float value) {
        int bits = Float.floatToRawIntBits(value);
        int nearest = bits + (bits >>> 16 & 1) + 0x7fff;
        return ((bits & Integer.MAX_VALUE) >= HUGE ? bits : nearest) & HIGH;
    }

    private static void store(IntVector bits, MemorySegment halves, long at) {
        ShortVector upper =
                (ShortVector) bits.lanewise(VectorOperators.LSHR, 16).convertShape(VectorOperators.I2S, S, 0);
        upper.intoMemorySegment(halves, at, Lanes.LITTLE);
    }

    /** y[at ...] = (or += with {@code add}) sums[first ...] + sums[second ...]. */
    public static void sum(
            MemorySegment sums, long first, long second, MemorySegment y, long at, int count, boolean add) {
        int body = count - count % Lanes.COUNT;
        for (int i = 0; i < body; i += Lanes.COUNT) {
            FloatVector sum = Lanes.floats(sums, first + 4L * i).add(Lanes.floats(sums, second + 4L * i));
            FloatVector result = add ? sum.add(Lanes.floats(y, at + 4L * i)) : sum;
            result.intoMemorySegment(y, at + 4L * i, Lanes.LITTLE);
        }
        for (int i = body; i < count; i++) {
            float sum = Lanes.scalar(sums, first + 4L * i) + Lanes.scalar(sums, second + 4L * i);
            float result = add ? sum + Lanes.scalar(y, at + 4L * i) : sum;
            y.set(ValueLayout.JAVA_FLOAT, at + 4L * i, result);
        }
    }
}
