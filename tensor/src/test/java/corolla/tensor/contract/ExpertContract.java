package corolla.tensor.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.tensor.ClampedSwiglu;
import corolla.tensor.DType;
import corolla.tensor.ExpertKernels;
import corolla.tensor.GroupMatrix;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Routing;
import corolla.tensor.RoutingRule;
import corolla.tensor.RoutingRule.Scoring;
import corolla.tensor.RowGroups;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What every {@link ExpertKernels} owes. */
public abstract class ExpertContract {
    private final Arena arena = Arena.ofConfined();
    private final Kernels kernels;
    private final ExpertKernels experts;
    private final RandomTensors random = new RandomTensors(arena, 45);

    /** Takes fresh kernels and closes them. */
    protected ExpertContract(Kernels kernels) {
        this.kernels = kernels;
        this.experts = kernels.experts();
    }

    @AfterEach
    void close() {
        kernels.close();
        arena.close();
    }

    private record Stack(List<Tensor> weights, GroupMatrix matrix) {}

    private Stack stack(DType dtype, int groups, int outputs, int inputs, boolean biased) {
        List<Tensor> weights = new ArrayList<>();
        List<Matrix> matrices = new ArrayList<>();
        for (int group = 0; group < groups; group++) {
            weights.add(random.of(dtype, outputs, inputs));
            matrices.add(kernels.matrix(arena, weights.getLast()));
        }
        return new Stack(weights, new GroupMatrix(matrices, biased ? random.floats(groups, outputs) : null));
    }

    @ParameterizedTest
    @CsvSource({
        "F32, 5, 3, false",
        "F32, 96, 64, true",
        "BF16, 33, 70, true",
        "F16, 48, 64, false",
        "Q8_0, 40, 64, true",
        "Q4_0, 17, 96, false",
        "Q4_1, 64, 32, true"
    })
    void groupsAreMultipliedByTheirMatrix(DType dtype, int outputs, int inputs, boolean biased) {
        Stack stack = stack(dtype, 5, outputs, inputs, biased);
        for (int[] starts : new int[][] {{0, 1, 1, 4, 11, 12}, {0, 0, 0, 0, 0, 1}, {0, 2, 4, 6, 8, 10}}) {
            int rows = starts[5];
            Tensor x = random.floats(rows, inputs);
            for (int batch : new int[] {1, 2, 9}) {
                RowGroups groups = new RowGroups(starts, batch);
                for (int members = 1; members <= 3; members++) {
                    Tensor y = random.floats(rows, outputs);
                    LoneMember.all(members, me -> experts.multiply(me, x, groups, stack.matrix, y));
                    assertProducts(stack, groups, x, y);
                }
            }
        }
    }

    private static void assertProducts(Stack stack, RowGroups groups, Tensor x, Tensor y) {
        for (int group = 0; group < groups.count(); group++) {
            float[][] weights = RandomTensors.decode(stack.weights.get(group));
            for (int row = groups.start(group); row < groups.end(group); row++) {
                for (int out = 0; out < weights.length; out++) {
                    Tensor biases = stack.matrix.biases();
                    double sum = biases == null ? 0 : biases.getFloat((long) group * weights.length + out);
                    for (int k = 0; k < weights[out].length; k++) {
                        sum += (double) weights[out][k] * x.getFloat((long) row * weights[out].length + k);
                    }
                    float found = y.getFloat((long) row * weights.length + out);
                    assertThat((double) found)
                            .as("row %d, output %d", row, out)
                            .isCloseTo(sum, within(tolerance(stack)));
                }
            }
        }
    }

    /** Products of bf16 weights may be taken in bf16, which has 8 bits. */
    private static double tolerance(Stack stack) {
        return stack.weights.getFirst().dtype() == DType.BF16 ? 0.15 : 1e-4;
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_1"})
    void rowDoesNotDependOnHowManyShareItsGroup(DType dtype) {
        Stack stack = stack(dtype, 2, 47, 96, true);
        Tensor x = random.floats(12, 96);
        for (int batch : new int[] {2, 12}) {
            List<float[]> firstRows = new ArrayList<>();
            for (int shared = 1; shared <= 12; shared++) {
                Tensor rows = x.slice(0, shared);
                RowGroups groups = new RowGroups(new int[] {0, shared, shared}, batch);
                Tensor y = Tensor.allocate(arena, DType.F32, shared, 47);
                LoneMember.all(1 + shared % 3, me -> experts.multiply(me, rows, groups, stack.matrix, y));
                firstRows.add(y.slice(0, 1).toFloats());
            }
            assertThat(firstRows).allSatisfy(row -> assertThat(row).containsExactly(firstRows.getFirst()));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_1"})
    void lonelyBatchGivesTheBitsOfAPlainProduct(DType dtype) {
        Stack stack = stack(dtype, 3, 32, 64, false);
        for (int rows : new int[] {1, 3, 7}) {
            Tensor x = random.floats(rows, 64);
            RowGroups groups = new RowGroups(new int[] {0, 0, rows, rows}, rows);
            Tensor y = Tensor.allocate(arena, DType.F32, rows, 32);
            Tensor plain = Tensor.allocate(arena, DType.F32, rows, 32);
            LoneMember.all(2, me -> experts.multiply(me, x, groups, stack.matrix, y));
            LoneMember.all(
                    1, me -> kernels.multiply(me, x, stack.matrix.matrices().get(1), plain));
            assertThat(y.toFloats()).containsExactly(plain.toFloats());
        }
    }

    /** A layer of experts as blocks use it: its router, clamped gates, and biases everywhere. */
    private final class Layer {
        private static final int ROWS = 5;
        private static final int HIDDEN = 7;
        private static final int INNER = 6;
        private final ClampedSwiglu gate = new ClampedSwiglu(1.7f, 1.5f);
        private final RoutingRule rule;
        private final Tensor router = random.floats(6, HIDDEN);
        private final Stack up = stack(DType.F32, 6, 2 * INNER, HIDDEN, true);
        private final Stack down = stack(DType.F32, 6, HIDDEN, INNER, true);
        private final Routing routing;

        Layer(RoutingRule rule) {
            this.rule = rule;
            this.routing = new Routing(rule, ROWS);
        }

        private Tensor floats(long rows, long columns) {
            return Tensor.allocate(arena, DType.F32, rows, columns);
        }

        /** Output (ROWS, HIDDEN) and then the input's gradient for the output's gradient {@code dy}. */
        float[] run(int members, float[] input, float[] dyValues) {
            int places = routing.places();
            Tensor x = Tensor.of(arena, input, ROWS, HIDDEN);
            Tensor dy = Tensor.of(arena, dyValues, ROWS, HIDDEN);
            Tensor logits = floats(ROWS, 6);
            Tensor sorted = floats(places, HIDDEN);
            Tensor gateUp = floats(places, 2 * INNER);
            Tensor inner = floats(places, INNER);
            Tensor dInner = floats(places, INNER);
            Tensor dSorted = floats(places, HIDDEN);
            Tensor y = floats(2 * ROWS, HIDDEN);
            Tensor out = y.slice(0, ROWS);
            Tensor dx = y.slice(ROWS, 2 * ROWS);
            Matrix routerMatrix = kernels.matrix(arena, router);
            LoneMember.all(members, me -> kernels.multiply(me, x, routerMatrix, logits));
            LoneMember.all(members, me -> routing.choose(me, logits, null));
            LoneMember.all(members, routing::sort);
            LoneMember.all(members, me -> routing.gather(me, x, sorted));
            LoneMember.all(members, me -> experts.multiply(me, sorted, routing.groups(), up.matrix, gateUp));
            LoneMember.all(members, me -> experts.clampedSwiglu(me, gate, gateUp, inner));
            LoneMember.all(members, me -> experts.multiply(me, inner, routing.groups(), down.matrix, sorted));
            LoneMember.all(members, me -> experts.combine(me, sorted, routing, out));

            LoneMember.all(members, me -> routing.gather(me, dy, dSorted));
            LoneMember.all(
                    members, me -> experts.multiplyTransposed(me, dSorted, routing.groups(), down.matrix, dInner));
            LoneMember.all(members, me -> experts.combineBackward(me, inner, dInner, dSorted, down.matrix, routing));
            LoneMember.all(members, me -> experts.clampedSwigluBackward(me, gate, gateUp, dInner));
            LoneMember.all(members, me -> experts.multiplyTransposed(me, gateUp, routing.groups(), up.matrix, sorted));
            LoneMember.all(members, me -> routing.chooseBackward(me, logits));
            LoneMember.all(members, me -> kernels.multiplyTransposed(me, logits, routerMatrix, dx));
            LoneMember.all(members, me -> experts.gatherBackward(me, sorted, routing, dx));
            return y.toFloats();
        }

        /** The output in double precision, with the choices of the last run. */
        double[] formula(double[] x) {
            double[] y = new double[ROWS * HIDDEN];
            for (int row = 0; row < ROWS; row++) {
                double[] input = Arrays.copyOfRange(x, row * HIDDEN, (row + 1) * HIDDEN);
                double[] weights = weights(row, product(router, null, 0, input));
                for (int choice = 0; choice < rule.choices(); choice++) {
                    int expert = routing.expert(row, choice);
                    double[] gateUp = product(up.weights.get(expert), up.matrix.biases(), expert, input);
                    double[] inner = new double[INNER];
                    for (int k = 0; k < INNER; k++) {
                        double g = Math.min(gateUp[k], gate.limit());
                        double u = Math.max(-gate.limit(), Math.min(gateUp[INNER + k], gate.limit()));
                        inner[k] = (u + 1) * g / (1 + Math.exp(-gate.alpha() * g));
                    }
                    double[] out = product(down.weights.get(expert), down.matrix.biases(), expert, inner);
                    for (int k = 0; k < HIDDEN; k++) {
                        y[row * HIDDEN + k] += weights[choice] * out[k];
                    }
                }
            }
            return y;
        }

        private double[] weights(int row, double[] logits) {
            double[] scores = new double[rule.choices()];
            double all = Arrays.stream(logits).map(Math::exp).sum();
            double sum = 0;
            for (int choice = 0; choice < scores.length; choice++) {
                double logit = logits[routing.expert(row, choice)];
                scores[choice] = rule.scoring() == Scoring.SIGMOID ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit) / all;
                sum += scores[choice];
            }
            boolean divided = rule.renormalised() || rule.scoring() == Scoring.SOFTMAX_OF_CHOSEN;
            for (int choice = 0; choice < scores.length; choice++) {
                scores[choice] *= rule.scale() / (divided ? sum : 1);
            }
            return scores;
        }

        private double[] product(Tensor weights, @Nullable Tensor biases, int group, double[] x) {
            double[] y = new double[(int) weights.rows()];
            for (int out = 0; out < y.length; out++) {
                y[out] = biases == null ? 0 : biases.getFloat((long) group * y.length + out);
                for (int k = 0; k < x.length; k++) {
                    y[out] += weights.getFloat((long) out * x.length + k) * x[k];
                }
            }
            return y;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2, SOFTMAX, true, 1, 1, 1", "3, SOFTMAX, false, 0.5, 1, 1", "2, SOFTMAX_OF_CHOSEN, false, 1, 1, 1",
        "2, SIGMOID, true, 2.5, 3, 2", "4, SIGMOID, false, 1, 2, 2", "1, SOFTMAX, true, 1, 1, 1"
    })
    void layerAndItsGradientEqualTheFormula(
            int choices, Scoring scoring, boolean renormalised, float scale, int groups, int groupsChosen) {
        Layer layer = new Layer(new RoutingRule(6, choices, scoring, renormalised, scale, groups, groupsChosen));
        int count = Layer.ROWS * Layer.HIDDEN;
        float[] x = Numeric.random(21, count);
        float[] dy = Numeric.random(22, count);
        float[] both = layer.run(1, x, dy);
        Numeric.assertClose(Arrays.copyOf(both, count), layer.formula(Numeric.doubles(x)), 3e-5);
        double[] gradient = Numeric.gradient(point -> Numeric.dot(dy, layer.formula(point)), x);
        Numeric.assertClose(Arrays.copyOfRange(both, count, 2 * count), gradient, 2e-4);
        for (int members : new int[] {2, 3, 8}) {
            assertThat(layer.run(members, x, dy)).isEqualTo(both);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 16", "3, 37", "2, 207"})
    void clampedSwigluEqualsItsFormula(int rows, int columns) {
        ClampedSwiglu gate = new ClampedSwiglu(1.702f, 0.8f);
        float[] gateUp = Numeric.random(31, rows * 2 * columns);
        float[] dOut = Numeric.random(32, rows * columns);
        Tensor inOut = Tensor.of(arena, gateUp, rows, 2L * columns);
        Tensor out = random.floats(rows, columns);
        Tensor gradient = Tensor.of(arena, dOut, rows, columns);
        LoneMember.all(2, me -> experts.clampedSwiglu(me, gate, inOut, out));
        LoneMember.all(2, me -> experts.clampedSwigluBackward(me, gate, inOut, gradient));
        double[] wanted = Numeric.gradient(point -> Numeric.dot(dOut, clamped(gate, point, columns)), gateUp);
        Numeric.assertClose(out.toFloats(), clamped(gate, Numeric.doubles(gateUp), columns), 1e-5);
        Numeric.assertClose(inOut.toFloats(), wanted, 2e-5);
    }

    private static double[] clamped(ClampedSwiglu gate, double[] gateUp, int columns) {
        double[] out = new double[gateUp.length / 2];
        for (int i = 0; i < out.length; i++) {
            int at = i / columns * 2 * columns + i % columns;
            double g = Math.min(gateUp[at], gate.limit());
            double u = Math.max(-gate.limit(), Math.min(gateUp[at + columns], gate.limit()));
            out[i] = (u + 1) * g / (1 + Math.exp(-gate.alpha() * g));
        }
        return out;
    }

    @Test
    void wrongShapesAreRefused() {
        LoneMember me = new LoneMember(0, 1);
        GroupMatrix w = stack(DType.F32, 2, 8, 6, false).matrix;
        RowGroups groups = RowGroups.equal(2, 3);
        assertRefused(() -> experts.multiply(me, random.floats(6, 5), groups, w, random.floats(6, 8)));
        assertRefused(() -> experts.multiply(me, random.floats(5, 6), groups, w, random.floats(5, 8)));
        assertRefused(() -> experts.multiply(me, random.floats(6, 6), RowGroups.equal(3, 2), w, random.floats(6, 8)));
        assertRefused(() -> new GroupMatrix(w.matrices(), random.floats(2, 7)));
        assertRefused(() -> new GroupMatrix(w.matrices(), random.floats(3, 8)));
        Routing routing = new Routing(RoutingRule.of(4, 2, Scoring.SOFTMAX, true), 3);
        assertRefused(() -> routing.choose(me, random.floats(3, 5), null));
        assertRefused(() -> routing.choose(me, random.floats(2, 4), null));
        assertRefused(() -> routing.choose(me, random.floats(3, 4), random.floats(3)));
        assertRefused(() -> routing.gather(me, random.floats(3, 4), random.floats(5, 4)));
        assertRefused(() -> experts.combine(me, random.floats(5, 4), routing, random.floats(3, 4)));
    }

    private static void assertRefused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class);
    }
}
