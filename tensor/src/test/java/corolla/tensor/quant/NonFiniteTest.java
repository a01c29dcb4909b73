package corolla.tensor.quant;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NonFiniteTest {
    private static final float[] BAD = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16"})
    void oneBadElementIsFoundWhereverItStands(DType dtype) {
        var random = new Random(5);
        for (int size : new int[] {1, 2, 3, 7, 8, 9, 511, 4096, 5003}) {
            try (Arena arena = Arena.ofConfined()) {
                float[] values = new float[size];
                for (int i = 0; i < size; i++) {
                    values[i] = 60_000 * (random.nextFloat() - 0.5f);
                }
                Tensor tensor = Tensor.allocate(arena, dtype, size);
                Elements.encodeRow(values, tensor, 0);
                assertThat(NonFinite.find(tensor)).as("%s of %d", dtype, size).isEmpty();
                int at = random.nextInt(size);
                values[at] = BAD[random.nextInt(BAD.length)];
                Elements.encodeRow(values, tensor, 0);
                assertThat(NonFinite.find(tensor)).as("%s of %d", dtype, size).hasValue(at);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Q8_0", "Q4_0", "Q4_1"})
    void badScaleIsFoundByItsGroup(DType dtype) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Tensor.allocate(arena, dtype, 3, 96);
            assertThat(NonFinite.find(tensor)).isEmpty();
            int group = dtype.bytesPerGroup();
            tensor.data().set(java.lang.foreign.ValueLayout.JAVA_BYTE, 7L * group + 1, (byte)
                    0x7E); // the scale's upper half
            assertThat(NonFinite.find(tensor)).hasValue(7 * 32);
        }
    }

    @Test
    void integersAreNeverBad() {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Tensor.allocate(arena, DType.I32, 4);
            tensor.data().fill((byte) 0xFF);
            assertThat(NonFinite.find(tensor)).isEmpty();
        }
    }
}
