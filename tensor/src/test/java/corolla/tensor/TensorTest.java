package corolla.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TensorTest {
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void sliceIsAViewOfRows() {
        Tensor tensor = Tensor.of(arena, new float[] {0, 1, 2, 3, 4, 5, 6, 7}, 2, 2, 2);
        Tensor rows = tensor.slice(1, 3);
        assertThat(rows.shape()).isEqualTo(Shape.of(2, 2));
        assertThat(rows.toFloats()).containsExactly(2, 3, 4, 5);
        rows.setFloat(0, 9);
        assertThat(tensor.getFloat(2)).isEqualTo(9);
        assertThat(tensor.part(1).toFloats()).containsExactly(4, 5, 6, 7);
        assertThat(tensor.part(1).shape()).isEqualTo(Shape.of(2, 2));
    }

    @Test
    void memoryMustFitTheShape() {
        Tensor tensor = Tensor.allocate(arena, DType.F32, 6);
        assertThatThrownBy(() -> tensor.reshape(5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> tensor.slice(0, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Tensor.allocate(arena, DType.Q8_0, 2, 33))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Tensor.allocate(arena, DType.F32, Long.MAX_VALUE, 2))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Shape.of(2, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void groupsHaveTheirBytes() {
        assertThat(DType.Q4_1.bytes(64)).isEqualTo(40);
        assertThat(DType.BF16.bytes(3)).isEqualTo(6);
        assertThat(Tensor.allocate(arena, DType.Q8_0, 4, 32).rowBytes()).isEqualTo(34);
    }

    @Test
    void bfloat16RoundsToNearestEven() {
        assertThat(BFloat16.toFloat(BFloat16.fromFloat(1f))).isEqualTo(1f);
        assertThat(BFloat16.fromFloat(Float.intBitsToFloat(0x3f808000))).isEqualTo((short) 0x3f80);
        assertThat(BFloat16.fromFloat(Float.intBitsToFloat(0x3f818000))).isEqualTo((short) 0x3f82);
        assertThat(BFloat16.fromFloat(Float.intBitsToFloat(0x3f808001))).isEqualTo((short) 0x3f81);
        assertThat(BFloat16.toFloat(BFloat16.fromFloat(Float.NaN))).isNaN();
        assertThat(BFloat16.toFloat(BFloat16.fromFloat(Float.MAX_VALUE))).isInfinite();
    }

    @Test
    void someKernelsAreAlwaysFound() {
        try (Kernels kernels = Kernels.best(KernelsOptions.defaults())) {
            assertThat(kernels.description()).isNotBlank();
        }
    }
}
