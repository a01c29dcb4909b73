package corolla.tensor.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.tensor.Activation;
import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionHeads;
import corolla.tensor.AttentionHeads.Values;
import corolla.tensor.AttentionLayer;
import corolla.tensor.BackwardKernels;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.RopeTable.Pairing;
import corolla.tensor.Tensor;
import corolla.tensor.contract.AttentionSample.Extra;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What every {@link BackwardKernels} owes: finite differences of the formulas in double precision. */
public abstract class BackwardContract {
    private static final double TOLERANCE = 2e-5; // values and gradients are of the order of 1

    private final Arena arena = Arena.ofConfined();
    private final Kernels kernels;
    private final BackwardKernels backward;

    /** Takes fresh kernels and closes them. */
    protected BackwardContract(Kernels kernels) {
        this.kernels = kernels;
        this.backward = kernels.backward();
    }

    @AfterEach
    void close() {
        kernels.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 7", "3, 13", "5, 25", "2, 64", "2, 207"})
    void rmsNormEqualsFiniteDifferencesAndAddsToWhatIsThere(int rows, int columns) {
        float epsilon = 1e-3f;
        float[] x = Numeric.random(1, rows * columns);
        float[] weight = Numeric.random(2, columns);
        float[] dy = Numeric.random(3, rows * columns);
        float[] before = Numeric.random(4, rows * columns);

        double[] wanted = Numeric.gradient(point -> Numeric.dot(dy, rmsNorm(point, weight, epsilon)), x);
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] += before[i];
        }
        float[] actual = rmsNorm(1, rows, x, weight, epsilon, dy, before);

        Numeric.assertClose(actual, wanted, TOLERANCE);
        assertSameBits(members -> rmsNorm(members, rows, x, weight, epsilon, dy, before));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 7", "3, 13", "5, 25", "2, 64", "2, 207"})
    void layerNormEqualsFiniteDifferencesAndAddsToWhatIsThere(int rows, int columns) {
        float epsilon = 1e-2f;
        float[] x = Numeric.random(1, rows * columns);
        float[] weight = Numeric.random(2, columns);
        float[] dy = Numeric.random(3, rows * columns);
        float[] before = Numeric.random(4, rows * columns);

        double[] wanted = Numeric.gradient(point -> Numeric.dot(dy, layerNorm(point, weight, epsilon)), x);
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] += before[i];
        }

        Numeric.assertClose(layerNorm(1, rows, x, weight, epsilon, dy, before), wanted, TOLERANCE);
        assertSameBits(members -> layerNorm(members, rows, x, weight, epsilon, dy, before));
    }

    static Stream<Arguments> activationsAndSizes() {
        return Stream.of(Activation.values())
                .flatMap(activation -> Stream.of(
                        Arguments.of(activation, 1, 1),
                        Arguments.of(activation, 2, 3),
                        Arguments.of(activation, 3, 17),
                        Arguments.of(activation, 5, 8),
                        Arguments.of(activation, 2, 37),
                        Arguments.of(activation, 1, 530)));
    }

    @ParameterizedTest
    @MethodSource("activationsAndSizes")
    void gateEqualsFiniteDifferences(Activation activation, int rows, int columns) {
        float[] gateUp = Numeric.random(5, rows * 2 * columns);
        float[] dOut = Numeric.random(6, rows * columns);

        double[] wanted = Numeric.gradient(point -> Numeric.dot(dOut, gate(activation, point, columns)), gateUp);

        Numeric.assertClose(gate(activation, 1, rows, gateUp, dOut), wanted, TOLERANCE);
        assertSameBits(members -> gate(activation, members, rows, gateUp, dOut));
    }

    @ParameterizedTest
    @MethodSource("activationsAndSizes")
    void activateEqualsFiniteDifferences(Activation activation, int rows, int columns) {
        float[] x = Numeric.random(5, rows * columns);
        float[] dOut = Numeric.random(6, rows * columns);

        double[] wanted = Numeric.gradient(
                point -> Numeric.dot(
                        dOut, Arrays.stream(point).map(activation::value).toArray()),
                x);

        Numeric.assertClose(activate(activation, 1, rows, x, dOut), wanted, TOLERANCE);
        assertSameBits(members -> activate(activation, members, rows, x, dOut));
    }

    @ParameterizedTest
    @EnumSource
    void slopesOfExtremeInputsAreFinite(Activation activation) {
        float[] gradient = gate(activation, 1, 1, new float[] {-200, 200, 1, 1}, new float[] {1, 1});

        assertThat(gradient).containsExactly(new float[] {0, 1, 0, 200}, within(1e-6f));
    }

    static Stream<AttentionSample> attentions() {
        return Stream.of(
                new AttentionSample(1, 1, 1, 0, Pairing.HALVES, AttentionLayer.NO_WINDOW, 1),
                new AttentionSample(2, 2, 5, 4, Pairing.HALVES, AttentionLayer.NO_WINDOW, 7),
                new AttentionSample(4, 2, 6, 6, Pairing.NEIGHBOURS, AttentionLayer.NO_WINDOW, 5, 5),
                new AttentionSample(6, 2, 4, 4, Pairing.HALVES, 3, 9, 1, 4),
                new AttentionSample(3, 1, 7, 2, Pairing.NEIGHBOURS, 1, 6, 3),
                new AttentionSample(5, 5, 3, 0, Pairing.HALVES, 2, 8),
                new AttentionSample(AttentionHeads.of(4, 2, 6), 6, Pairing.HALVES, 3, Extra.SINKS, 5, 4),
                new AttentionSample(
                        new AttentionHeads(4, 2, 6, 3, Values.OWN), 4, Pairing.NEIGHBOURS, 99, Extra.SINKS, 6),
                new AttentionSample(
                        new AttentionHeads(2, 1, 3, 18, Values.OWN), 0, Pairing.HALVES, 99, Extra.NOTHING, 4),
                new AttentionSample(
                        new AttentionHeads(6, 1, 6, 4, Values.IN_KEYS), 2, Pairing.NEIGHBOURS, 99, Extra.NOTHING, 5),
                new AttentionSample(
                        new AttentionHeads(4, 2, 5, 5, Values.IN_KEYS), 2, Pairing.HALVES, 2, Extra.SINKS, 3, 4),
                new AttentionSample(6, 2, 4, 0, Pairing.HALVES, AttentionLayer.NO_WINDOW, Extra.BIASES, 7, 3),
                new AttentionSample(3, 3, 5, 0, Pairing.HALVES, 3, Extra.BIASES, 9),
                new AttentionSample(4, 2, 6, 6, Pairing.HALVES, AttentionLayer.NO_WINDOW, Extra.HEAD_NORMS, 5, 2),
                new AttentionSample(2, 1, 5, 2, Pairing.NEIGHBOURS, 2, Extra.HEAD_NORMS, 6));
    }

    @ParameterizedTest
    @MethodSource("attentions")
    void attentionEqualsFiniteDifferences(AttentionSample sample) {
        float[] qkv = Numeric.random(7, sample.qkvElements());
        float[] dOut = Numeric.random(8, sample.outElements());
        DoubleAttention attention = new DoubleAttention(sample.forward(arena, qkv));

        double[] wanted = Numeric.gradient(point -> Numeric.dot(dOut, attention.attend(point)), qkv);

        Numeric.assertClose(attention(1, sample, qkv, dOut), wanted, TOLERANCE);
        assertSameBits(members -> attention(members, sample, qkv, dOut));
    }

    @Test
    void attentionRefusesASequenceThatGoesOn() {
        AttentionCall whole = new AttentionSample(1, 1, 2, 0, Pairing.HALVES, 9, 2).forward(arena, new float[12]);
        AttentionCall.Sequence sequence = whole.sequences().getFirst();
        AttentionCall later = new AttentionCall(
                whole.layer(),
                whole.qkv(),
                List.of(new AttentionCall.Sequence(0, 2, sequence.keys(), sequence.values(), 1)),
                whole.out());

        assertThatThrownBy(() -> new AttentionBackwardCall(later, whole.out(), whole.qkv(), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("position 1");
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "3, 7", "5, 33", "2, 207"})
    void crossEntropyEqualsFiniteDifferences(int rows, int classes) {
        float scale = 0.25f;
        float[] logits = Numeric.random(9, rows * classes);
        int[] targets = new int[rows];
        for (int row = 0; row < rows; row++) {
            targets[row] = row == 1 ? BackwardKernels.NO_TARGET : (3 * row + 1) % classes;
        }

        double[] wanted = Numeric.gradient(point -> scale * sum(crossEntropy(point, targets)), logits);
        float[] actual = crossEntropy(1, targets, scale, logits);

        Numeric.assertClose(gradients(actual, rows), wanted, TOLERANCE);
        Numeric.assertClose(losses(actual, rows), crossEntropy(Numeric.doubles(logits), targets), TOLERANCE);
        assertSameBits(members -> crossEntropy(members, targets, scale, logits));
    }

    @Test
    void crossEntropyOfExtremeLogitsIsFinite() {
        float[] actual = crossEntropy(1, new int[] {1}, 1, new float[] {1000, -1000});

        assertThat(actual).containsExactly(new float[] {1, -1, 2000}, within(1e-3f));
    }

    @Test
    void crossEntropyRefusesATargetOutsideTheClasses() {
        assertThatThrownBy(() -> crossEntropy(1, new int[] {2}, 1, new float[] {0, 0}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("target 2 of 2");
    }

    private static void assertSameBits(IntFunction<float[]> operation) {
        float[] alone = operation.apply(1);
        for (int members : new int[] {2, 3, 8}) {
            assertThat(operation.apply(members)).as("team of %d", members).isEqualTo(alone);
        }
    }

    private float[] rmsNorm(
            int members, int rows, float[] x, float[] weight, float epsilon, float[] dy, float[] before) {
        long columns = weight.length;
        Tensor input = Tensor.of(arena, x, rows, columns);
        Tensor weights = Tensor.of(arena, weight, columns);
        Tensor gradient = Tensor.of(arena, dy, rows, columns);
        Tensor dx = Tensor.of(arena, before, rows, columns);
        LoneMember.all(members, me -> backward.rmsNorm(me, input, weights, epsilon, gradient, dx));
        return dx.toFloats();
    }

    private float[] layerNorm(
            int members, int rows, float[] x, float[] weight, float epsilon, float[] dy, float[] before) {
        long columns = weight.length;
        Tensor input = Tensor.of(arena, x, rows, columns);
        Tensor weights = Tensor.of(arena, weight, columns);
        Tensor gradient = Tensor.of(arena, dy, rows, columns);
        Tensor dx = Tensor.of(arena, before, rows, columns);
        LoneMember.all(members, me -> backward.layerNorm(me, input, weights, epsilon, gradient, dx));
        return dx.toFloats();
    }

    private float[] gate(Activation activation, int members, int rows, float[] gateUp, float[] dOut) {
        Tensor inOut = Tensor.of(arena, gateUp, rows, gateUp.length / rows);
        Tensor gradient = Tensor.of(arena, dOut, rows, dOut.length / rows);
        LoneMember.all(members, me -> backward.gate(me, activation, inOut, gradient));
        return inOut.toFloats();
    }

    private float[] activate(Activation activation, int members, int rows, float[] x, float[] dOut) {
        Tensor inOut = Tensor.of(arena, x, rows, x.length / rows);
        Tensor gradient = Tensor.of(arena, dOut, rows, dOut.length / rows);
        LoneMember.all(members, me -> backward.activate(me, activation, inOut, gradient));
        return inOut.toFloats();
    }

    private float[] attention(int members, AttentionSample sample, float[] qkv, float[] dOut) {
        return sample.backward(kernels, backward, members, arena, qkv, dOut);
    }

    /** Gradients of all rows, then losses of all rows. */
    private float[] crossEntropy(int members, int[] targets, float scale, float[] logits) {
        int rows = targets.length;
        Tensor inOut = Tensor.of(arena, logits, rows, logits.length / rows);
        Tensor losses = Tensor.allocate(arena, DType.F32, rows, 1);
        LoneMember.all(members, me -> backward.crossEntropy(me, inOut, targets, scale, losses));
        float[] both = new float[logits.length + rows];
        System.arraycopy(inOut.toFloats(), 0, both, 0, logits.length);
        System.arraycopy(losses.toFloats(), 0, both, logits.length, rows);
        return both;
    }

    private static float[] gradients(float[] both, int rows) {
        return Arrays.copyOf(both, both.length - rows);
    }

    private static float[] losses(float[] both, int rows) {
        return Arrays.copyOfRange(both, both.length - rows, both.length);
    }

    private static double[] rmsNorm(double[] x, float[] weight, float epsilon) {
        double[] y = new double[x.length];
        int columns = weight.length;
        for (int start = 0; start < x.length; start += columns) {
            double squares = 0;
            for (int k = 0; k < columns; k++) {
                squares += x[start + k] * x[start + k];
            }
            for (int k = 0; k < columns; k++) {
                y[start + k] = x[start + k] / Math.sqrt(squares / columns + epsilon) * weight[k];
            }
        }
        return y;
    }

    private static double[] layerNorm(double[] x, float[] weight, float epsilon) {
        double[] y = new double[x.length];
        int columns = weight.length;
        for (int start = 0; start < x.length; start += columns) {
            double mean = 0;
            for (int k = 0; k < columns; k++) {
                mean += x[start + k] / columns;
            }
            double squares = 0;
            for (int k = 0; k < columns; k++) {
                squares += (x[start + k] - mean) * (x[start + k] - mean);
            }
            for (int k = 0; k < columns; k++) {
                y[start + k] = (x[start + k] - mean) / Math.sqrt(squares / columns + epsilon) * weight[k];
            }
        }
        return y;
    }

    private static double[] gate(Activation activation, double[] gateUp, int columns) {
        double[] out = new double[gateUp.length / 2];
        for (int i = 0; i < out.length; i++) {
            int gate = i / columns * 2 * columns + i % columns;
            out[i] = activation.value(gateUp[gate]) * gateUp[gate + columns];
        }
        return out;
    }

    private static double[] crossEntropy(double[] logits, int[] targets) {
        int classes = logits.length / targets.length;
        double[] losses = new double[targets.length];
        for (int row = 0; row < targets.length; row++) {
            double sum = 0;
            for (int k = 0; k < classes; k++) {
                sum += Math.exp(logits[row * classes + k]);
            }
            losses[row] = targets[row] == BackwardKernels.NO_TARGET
                    ? 0
                    : Math.log(sum) - logits[row * classes + targets[row]];
        }
        return losses;
    }

    private static double sum(double[] values) {
        return Arrays.stream(values).sum();
    }
}
