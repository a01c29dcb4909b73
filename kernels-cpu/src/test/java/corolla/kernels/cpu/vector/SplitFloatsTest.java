package corolla.kernels.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.tensor.BFloat16;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SplitFloatsTest {
    private static final int COUNT = 1003; // no multiple of any vector: the tail is tested, too

    private static Tensor split(Arena arena, float[] values) {
        Tensor x = Tensor.allocate(arena, DType.F32, 1, values.length);
        for (int i = 0; i < values.length; i++) {
            x.setFloat(i, values[i]);
        }
        Tensor halves = Tensor.allocate(arena, DType.BF16, 2, values.length);
        SplitFloats.split(x.data(), 0, values.length, halves.data(), 0, 2L * values.length);
        return halves;
    }

    private static float half(Tensor halves, int index) {
        return BFloat16.toFloat(halves.data().getAtIndex(Tensor.SHORT, index));
    }

    @Test
    void numbersOfAllSizesLoseAtMostTheirSeventeenthBit() {
        Random random = new Random(7);
        float[] values = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            float value;
            do {
                value = Float.intBitsToFloat(random.nextInt());
            } while (!Float.isFinite(value));
            values[i] = value;
        }
        values[0] = Float.MAX_VALUE;
        values[1] = -Float.MAX_VALUE;
        values[2] = Float.MIN_VALUE;
        values[COUNT - 1] = Float.MAX_VALUE;
        try (Arena arena = Arena.ofConfined()) {
            Tensor halves = split(arena, values);
            for (int i = 0; i < COUNT; i++) {
                double sum = (double) half(halves, i) + half(halves, COUNT + i);
                double lost = Math.abs(sum - values[i]);
                // Cut off instead of rounded, the largest lose a bit more; the smallest have fewer bits.
                double allowed = Math.abs((double) values[i]) * (Math.abs(values[i]) >= 0x1p127f ? 0x1p-16 : 0x1p-17);
                assertThat(lost).as("%s", values[i]).isLessThanOrEqualTo(Math.max(allowed, 0x1p-134));
            }
        }
    }

    @Test
    void sixteenBitsAreKept() {
        float[] values = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            values[i] = (i * 65 - 32000) * 0x1p-7f;
        }
        try (Arena arena = Arena.ofConfined()) {
            Tensor halves = split(arena, values);
            for (int i = 0; i < COUNT; i++) {
                assertThat(half(halves, i) + half(halves, COUNT + i)).isEqualTo(values[i]);
                assertThat(half(halves, i)).isEqualTo(BFloat16.toFloat(BFloat16.fromFloat(values[i])));
            }
        }
    }

    @Test
    void whatIsNotFiniteStaysSo() {
        float[] values = new float[35];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 2 == 0 ? Float.NaN : Float.POSITIVE_INFINITY;
        }
        try (Arena arena = Arena.ofConfined()) {
            Tensor halves = split(arena, values);
            for (int i = 0; i < values.length; i++) {
                assertThat(Float.compare(half(halves, i), values[i])).isZero();
            }
        }
    }
}
