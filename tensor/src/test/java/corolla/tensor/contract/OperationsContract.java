package corolla.tensor.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.tensor.Activation;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link Kernels} owes about operations without weights, attention aside. */
public abstract class OperationsContract {
    private final Arena arena = Arena.ofConfined();
    private final Kernels kernels;
    private final RandomTensors random = new RandomTensors(arena, 43);

    /** Takes fresh kernels and closes them. */
    protected OperationsContract(Kernels kernels) {
        this.kernels = kernels;
    }

    @AfterEach
    void close() {
        kernels.close();
        arena.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 6, 8, 13, 25, 207, 1024, 2046})
    void rmsNormDividesByTheRootOfTheMeanSquare(int columns) {
        for (int members = 1; members <= 3; members++) {
            Tensor x = random.floats(5, columns);
            Tensor weight = random.floats(columns);
            Tensor y = random.floats(5, columns);
            LoneMember.all(members, me -> kernels.rmsNorm(me, x, weight, 1e-5f, y));
            for (int row = 0; row < 5; row++) {
                double squares = 0;
                for (int k = 0; k < columns; k++) {
                    squares += Math.pow(x.getFloat((long) row * columns + k), 2);
                }
                for (int k = 0; k < columns; k++) {
                    long i = (long) row * columns + k;
                    double expected = x.getFloat(i) / Math.sqrt(squares / columns + 1e-5) * weight.getFloat(k);
                    assertThat((double) y.getFloat(i)).isCloseTo(expected, within(2e-6 * (1 + Math.abs(expected))));
                }
            }
        }
    }

    @Test
    void rmsNormMayBeInPlaceAndDoesNotDependOnTheBatch() {
        Tensor x = random.floats(3, 207);
        Tensor weight = random.floats(207);
        Tensor y = Tensor.allocate(arena, DType.F32, 3, 207);
        Tensor alone = Tensor.allocate(arena, DType.F32, 1, 207);
        kernels.rmsNorm(new LoneMember(0, 1), x, weight, 1e-6f, y);
        kernels.rmsNorm(new LoneMember(0, 1), x.slice(1, 2), weight, 1e-6f, alone);
        assertThat(y.slice(1, 2).toFloats()).containsExactly(alone.toFloats());
        kernels.rmsNorm(new LoneMember(0, 1), x, weight, 1e-6f, x);
        assertThat(x.toFloats()).containsExactly(y.toFloats());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 207, 2046})
    void rmsNormAddAddsTheNorm(int columns) {
        for (int members = 1; members <= 3; members++) {
            Tensor x = random.floats(5, columns);
            Tensor weight = random.floats(columns);
            Tensor norm = random.floats(5, columns);
            Tensor y = random.floats(5, columns);
            float[] before = y.toFloats();
            kernels.rmsNorm(new LoneMember(0, 1), x, weight, 1e-5f, norm);
            LoneMember.all(members, me -> kernels.rmsNormAdd(me, x, weight, 1e-5f, y));
            for (int i = 0; i < before.length; i++) {
                assertThat(y.getFloat(i)).isEqualTo(before[i] + norm.getFloat(i));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 6, 8, 13, 25, 207, 1024, 2046})
    void layerNormIsCentredAndOfUnitVariance(int columns) {
        for (int members = 1; members <= 3; members++) {
            Tensor x = random.floats(5, columns);
            for (long i = 0; i < x.elements(); i++) {
                x.setFloat(i, x.getFloat(i) + 3); // the mean matters
            }
            Tensor weight = random.floats(columns);
            Tensor bias = random.floats(columns);
            Tensor y = random.floats(5, columns);
            LoneMember.all(members, me -> kernels.layerNorm(me, x, weight, bias, 1e-5f, y));
            for (int row = 0; row < 5; row++) {
                double[] values = doubles(x.slice(row, row + 1));
                double mean = Arrays.stream(values).average().orElseThrow();
                double variance = Arrays.stream(values)
                        .map(value -> (value - mean) * (value - mean))
                        .average()
                        .orElseThrow();
                for (int k = 0; k < columns; k++) {
                    double expected = (values[k] - mean) / Math.sqrt(variance + 1e-5) * weight.getFloat(k);
                    assertThat((double) y.getFloat((long) row * columns + k))
                            .isCloseTo(expected + bias.getFloat(k), within(1e-5 * (1 + Math.abs(expected))));
                }
            }
        }
    }

    private static double[] doubles(Tensor tensor) {
        return Numeric.doubles(tensor.toFloats());
    }

    @Test
    void layerNormMayBeInPlaceAndDoesNotDependOnTheBatch() {
        Tensor x = random.floats(3, 207);
        Tensor weight = random.floats(207);
        Tensor bias = random.floats(207);
        Tensor y = Tensor.allocate(arena, DType.F32, 3, 207);
        Tensor alone = Tensor.allocate(arena, DType.F32, 1, 207);
        kernels.layerNorm(new LoneMember(0, 1), x, weight, bias, 1e-6f, y);
        kernels.layerNorm(new LoneMember(0, 1), x.slice(1, 2), weight, bias, 1e-6f, alone);
        assertThat(y.slice(1, 2).toFloats()).containsExactly(alone.toFloats());
        kernels.layerNorm(new LoneMember(0, 1), x, weight, bias, 1e-6f, x);
        assertThat(x.toFloats()).containsExactly(y.toFloats());
    }

    static Stream<Arguments> activationsAndColumns() {
        return Stream.of(Activation.values())
                .flatMap(activation -> IntStream.of(1, 4, 6, 8, 13, 25, 207, 1024, 2046)
                        .mapToObj(columns -> Arguments.of(activation, columns)));
    }

    @ParameterizedTest
    @MethodSource("activationsAndColumns")
    void gateMultipliesTheUpProjection(Activation activation, int columns) {
        for (int members = 1; members <= 3; members++) {
            Tensor gateUp = random.floats(3, 2L * columns);
            gateUp.setFloat(0, 200);
            gateUp.setFloat(gateUp.columns(), -200);
            gateUp.setFloat(2 * gateUp.columns(), -88.5f);
            Tensor out = random.floats(3, columns);
            LoneMember.all(members, me -> kernels.gate(me, activation, gateUp, out));
            for (int row = 0; row < 3; row++) {
                for (int k = 0; k < columns; k++) {
                    double gate = gateUp.getFloat((long) row * 2 * columns + k);
                    double expected = activation.value(gate) * gateUp.getFloat((long) row * 2 * columns + columns + k);
                    assertThat((double) out.getFloat((long) row * columns + k))
                            .isCloseTo(expected, within(1e-6 * (1 + Math.abs(expected))));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("activationsAndColumns")
    void activateIsTheActivation(Activation activation, int columns) {
        for (int members = 1; members <= 3; members++) {
            Tensor x = random.floats(3, columns);
            for (long i = 0; i < x.elements(); i++) {
                x.setFloat(i, 4 * x.getFloat(i)); // the tails too
            }
            x.setFloat(0, -200);
            Tensor out = random.floats(3, columns);
            LoneMember.all(members, me -> kernels.activate(me, activation, x, out));
            for (long i = 0; i < x.elements(); i++) {
                double expected = activation.value(x.getFloat(i));
                assertThat((double) out.getFloat(i)).isCloseTo(expected, within(1e-6 * (1 + Math.abs(expected))));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 207, 2046})
    void scaleMultiplies(int columns) {
        for (int members = 1; members <= 3; members++) {
            Tensor x = random.floats(3, columns);
            float[] before = x.toFloats();
            LoneMember.all(members, me -> kernels.scale(me, 2.5f, x));
            for (int i = 0; i < before.length; i++) {
                assertThat(x.getFloat(i)).isEqualTo(2.5f * before[i]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 207, 2046})
    void addAdds(int columns) {
        for (int members = 1; members <= 3; members++) {
            Tensor x = random.floats(3, columns);
            Tensor y = random.floats(3, columns);
            float[] before = y.toFloats();
            LoneMember.all(members, me -> kernels.add(me, x, y));
            for (int i = 0; i < before.length; i++) {
                assertThat(y.getFloat(i)).isEqualTo(before[i] + x.getFloat(i));
            }
        }
    }

    @Test
    void argmaxIsTheFirstLargest() {
        Random numbers = new Random(7);
        for (int count : new int[] {1, 4, 13, 255, 256, 257, 2046, 49152}) {
            Tensor x = random.floats(count);
            int place = numbers.nextInt(count);
            x.setFloat(place, 10);
            x.setFloat(count - 1, 10);
            assertThat(kernels.argmax(x)).as("of %d", count).isEqualTo(place);
        }
    }

    @Test
    void argmaxOfEqualNegativesIsTheFirst() {
        Tensor x = Tensor.allocate(arena, DType.F32, 600);
        for (int i = 0; i < 600; i++) {
            x.setFloat(i, -3);
        }
        assertThat(kernels.argmax(x)).isZero();
    }

    @Test
    void touchReadsEveryByteOnce() {
        MemorySegment data = random.floats(10_007).data();
        int expected = 0;
        for (long i = 0; i < data.byteSize(); i += 4) {
            expected ^= data.get(ValueLayout.JAVA_INT, i);
        }
        for (int members = 1; members <= 3; members++) {
            int[] found = {0};
            LoneMember.all(members, me -> found[0] ^= kernels.touch(me, data));
            assertThat(found[0]).isEqualTo(expected);
        }
    }

    @Test
    void wrongShapesAreRefused() {
        LoneMember me = new LoneMember(0, 1);
        Tensor x = random.floats(2, 6);
        assertRefused(() -> kernels.rmsNorm(me, x, random.floats(5), 1e-5f, random.floats(2, 6)));
        assertRefused(() -> kernels.rmsNorm(me, x, random.floats(6), 1e-5f, random.floats(2, 5)));
        assertRefused(() -> kernels.gate(me, Activation.GELU, x, random.floats(2, 6)));
        assertRefused(() -> kernels.gate(me, Activation.SILU, x, random.floats(3, 3)));
        assertRefused(() -> kernels.activate(me, Activation.GELU, x, random.floats(2, 5)));
        assertRefused(() -> kernels.layerNorm(me, x, random.floats(6), random.floats(5), 1e-5f, x));
        assertRefused(() -> kernels.add(me, x, random.floats(2, 5)));
        assertRefused(() -> kernels.add(me, random.of(DType.F16, 2, 6), x));
        assertRefused(() -> kernels.argmax(random.of(DType.BF16, 6)));
    }

    private static void assertRefused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class);
    }
}
