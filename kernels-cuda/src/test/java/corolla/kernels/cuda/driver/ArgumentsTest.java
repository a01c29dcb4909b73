package corolla.kernels.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

final class ArgumentsTest {

    @Test
    void eachBeginsAtAWordAndNothingOldIsLeftInIt() {
        Arguments arguments = new Arguments();
        arguments.integers(-1, -1, -1, -1).wide(-1).wide(-1).wide(-1);
        arguments.clear().integer(-2).real(1).integers(1, 2, -3).wide(4).structure(MemorySegment.ofArray(new byte[] {5
        }));
        assertThat(arguments.words()).containsExactly(0xfffffffeL, 0x3f800000L, 0x200000001L, 0xfffffffdL, 4, 5);
        assertThat(arguments.starts()).containsExactly(0, 1, 2, 4, 5);
        assertThat(arguments.clear().words()).isEmpty();
    }

    @Test
    void tooManyAreRefused() {
        Arguments arguments = new Arguments();
        arguments.integers(new int[2 * Arguments.WORDS_MAX]);
        assertThatThrownBy(() -> arguments.wide(0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("64 words");
    }
}
