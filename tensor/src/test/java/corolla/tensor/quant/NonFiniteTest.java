package corolla.tensor.quant;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
    @CsvSource({"Q8_0, 0", "Q4_0, 0", "Q4_1, 0", "Q4_1, 2", "Q4_K, 0", "Q4_K, 2", "Q5_K, 0", "Q5_K, 2", "Q6_K, 208"})
    void badScaleIsFoundByItsGroup(DType dtype, int place) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Tensor.allocate(arena, dtype, 3, 3L * dtype.elementsPerGroup());
            assertThat(NonFinite.find(tensor)).isEmpty();
            long upperHalf = 7L * dtype.bytesPerGroup() + place + 1;
            tensor.data().set(ValueLayout.JAVA_BYTE, upperHalf, (byte) 0x7E);
            assertThat(NonFinite.find(tensor)).hasValue(7L * dtype.elementsPerGroup());
            float[] row = new float[3 * dtype.elementsPerGroup()];
            Elements.decodeRow(tensor, 2, row);
            assertThat(Float.isFinite(row[dtype.elementsPerGroup()])).isFalse(); // as the codec sees it
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
