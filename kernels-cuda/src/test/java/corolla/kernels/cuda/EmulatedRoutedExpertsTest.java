package corolla.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.compute.Member;
import corolla.tensor.Activation;
import corolla.tensor.ClampedSwiglu;
import corolla.tensor.DType;
import corolla.tensor.ExpertGate;
import corolla.tensor.ExpertLayer;
import corolla.tensor.GroupMatrix;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.RoutedExperts;
import corolla.tensor.Routing;
import corolla.tensor.RoutingRule;
import corolla.tensor.RoutingRule.Scoring;
import corolla.tensor.Tensor;
import corolla.tensor.contract.RandomTensors;
import corolla.tensor.quant.OutlierShare;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Experts that are chosen on the device give the bits of those that the host chooses. */
final class EmulatedRoutedExpertsTest {
    private static final Member ALONE = Member.alone();
    private static final int[] BATCHES = {1, 2, 5, 16};
    private static final ExpertGate SILU = new ExpertGate.Plain(Activation.SILU);

    private final Arena arena = Arena.ofShared();
    private final Kernels kernels = EmulatedKernels.start();
    private final RandomTensors random = new RandomTensors(arena, 46);

    @AfterEach
    void close() {
        arena.close();
        kernels.close();
    }

    private RoutedExperts routed(ExpertLayer layer) {
        return kernels.experts().routed(arena, layer).orElseThrow();
    }

    private Tensor zeros(long rows, long columns) {
        return Tensor.allocate(arena, DType.F32, rows, columns);
    }

    private GroupMatrix same(int experts, Tensor weights, @Nullable Tensor biases) {
        List<Matrix> matrices = new ArrayList<>();
        for (int expert = 0; expert < experts; expert++) {
            matrices.add(kernels.matrix(arena, weights));
        }
        return new GroupMatrix(matrices, biases);
    }

    /** Expert e gives 1 in column e and 0 elsewhere, so that what comes out of a row is its weights. */
    private ExpertLayer telling(RoutingRule rule, @Nullable Tensor correction) {
        int experts = rule.experts();
        Tensor ones = zeros(experts, experts);
        for (int expert = 0; expert < experts; expert++) {
            ones.setFloat((long) expert * experts + expert, 1);
        }
        return new ExpertLayer(
                rule, correction, same(experts, zeros(2, experts), null), SILU, same(experts, zeros(experts, 1), ones));
    }

    private static float[] told(Routing routing) {
        int experts = routing.rule().experts();
        float[] told = new float[routing.rows() * experts];
        for (int row = 0; row < routing.rows(); row++) {
            for (int choice = 0; choice < routing.rule().choices(); choice++) {
                for (int column = 0; column < experts; column++) {
                    float given = column == routing.expert(row, choice) ? 1 : 0;
                    told[row * experts + column] += routing.weight(row, choice) * given;
                }
            }
        }
        return told;
    }

    private void assertChoices(RoutingRule rule, @Nullable Tensor correction, Tensor logits) {
        RoutedExperts routed = routed(telling(rule, correction));
        for (int rows : BATCHES) {
            if (rows <= logits.rows()) {
                Tensor some = logits.slice(0, rows);
                Tensor y = random.floats(rows, rule.experts());
                routed.forward(ALONE, zeros(rows, rule.experts()), some, y, false);
                Routing wanted = new Routing(rule, rows);
                wanted.choose(ALONE, some, correction);
                assertThat(y.toFloats()).as("%s of %d rows", rule, rows).containsExactly(told(wanted));
            }
        }
    }

    /** Coarse logits, so that many are equal. */
    private Tensor coarse(int rows, int experts, int steps) {
        Random seeded = new Random(experts);
        Tensor logits = zeros(rows, experts);
        for (int i = 0; i < logits.elements(); i++) {
            logits.setFloat(i, seeded.nextInt(2 * steps + 1) / 4f - steps / 4f);
        }
        return logits;
    }

    @ParameterizedTest
    @CsvSource({
        "8, 2, SOFTMAX, true, 1, 1, 1", // Mixtral
        "60, 4, SOFTMAX, false, 1, 1, 1",
        "128, 8, SOFTMAX, true, 1, 1, 1", // Qwen 3
        "32, 4, SOFTMAX_OF_CHOSEN, false, 1, 1, 1", // gpt-oss
        "64, 6, SIGMOID, true, 2.5, 8, 4", // as DeepSeek-V3, whose groups have 32
        "12, 4, SIGMOID, false, 0.5, 3, 2",
        "40, 5, SOFTMAX, false, 16, 40, 7",
        "24, 3, SOFTMAX_OF_CHOSEN, true, 1, 4, 1",
        "1, 1, SOFTMAX, true, 1, 1, 1",
        "16, 16, SOFTMAX_OF_CHOSEN, false, 1, 1, 1"
    })
    void choicesAndWeightsHaveTheBitsOfTheHost(
            int experts,
            int choices,
            Scoring scoring,
            boolean renormalised,
            float scale,
            int groups,
            int groupsChosen) {
        RoutingRule rule = new RoutingRule(experts, choices, scoring, renormalised, scale, groups, groupsChosen);
        assertChoices(rule, null, random.floats(16, experts));
        assertChoices(rule, null, coarse(16, experts, 3));
        assertChoices(rule, random.floats(experts), coarse(16, experts, 40));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNoOrdinaryNumberChoosesAsWithTheHost(Scoring scoring) {
        float none = Float.NaN;
        float infinite = Float.POSITIVE_INFINITY;
        Tensor logits = Tensor.of(
                arena,
                new float[] {
                    none, 1, 2, none, none, 3, // some
                    none, none, none, none, none, none, //
                    infinite, 1, -infinite, 2, infinite, 0, //
                    -infinite, -infinite, -infinite, -infinite, -infinite, -infinite, //
                    -100, -90, 88, 89, -200, 3e38f
                },
                5,
                6);
        for (int row = 0; row < 5; row++) {
            assertChoices(new RoutingRule(6, 3, scoring, true, 1, 1, 1), null, logits.slice(row, row + 1));
            assertChoices(new RoutingRule(6, 2, scoring, false, 3, 3, 2), null, logits.slice(row, row + 1));
        }
        assertChoices(RoutingRule.of(6, 2, scoring, true), null, logits);
    }

    private GroupMatrix stack(int experts, int outputs, boolean biased, DType... parts) {
        List<Matrix> matrices = new ArrayList<>();
        for (int expert = 0; expert < experts; expert++) {
            Tensor[] weights = new Tensor[parts.length];
            for (int i = 0; i < parts.length; i++) {
                weights[i] = random.of(parts[i], outputs / parts.length, 256);
            }
            matrices.add(kernels.matrix(arena, weights));
        }
        return new GroupMatrix(matrices, biased ? random.floats(experts, outputs) : null);
    }

    /** What {@code forward} of a block does when the host chooses. */
    private float[] sorted(ExpertLayer layer, Tensor x, Tensor logits, float[] before) {
        Routing routing = new Routing(layer.rule(), Math.toIntExact(x.rows()));
        kernels.experts().choose(ALONE, logits, layer.correction(), routing);
        routing.sort(ALONE);
        int places = routing.places();
        Tensor sorted = zeros(places, 256);
        Tensor projected = zeros(places, 512);
        Tensor inner = zeros(places, 256);
        Tensor y = Tensor.of(arena, before, x.rows(), 256);
        kernels.experts().gather(ALONE, x, routing, sorted);
        kernels.experts().multiply(ALONE, sorted, routing.groups(), layer.up(), projected);
        switch (layer.gate()) {
            case ExpertGate.Plain plain -> kernels.gate(ALONE, plain.activation(), projected, inner);
            case ExpertGate.Clamped clamped ->
                kernels.experts().clampedSwiglu(ALONE, clamped.swiglu(), projected, inner);
        }
        kernels.experts().multiply(ALONE, inner, routing.groups(), layer.down(), sorted);
        kernels.experts().combine(ALONE, sorted, routing, y);
        return y.toFloats();
    }

    private void assertForward(ExpertLayer layer) {
        RoutedExperts routed = routed(layer);
        int experts = layer.rule().experts();
        Tensor x = random.floats(16, 256);
        x.setFloat(5, 40); // an outlier of int8
        Tensor logits = random.floats(16, experts);
        float[] batch = null;
        for (int rows : new int[] {16, 7, 2, 1}) {
            Tensor y = random.floats(rows, 256);
            float[] before = y.toFloats();
            Tensor some = x.slice(0, rows);
            routed.forward(ALONE, some, logits.slice(0, rows), y, true);
            assertThat(y.toFloats()).containsExactly(sorted(layer, some, logits.slice(0, rows), before));
            routed.forward(ALONE, some, logits.slice(0, rows), y, false);
            float[] found = y.toFloats();
            assertThat(found).containsExactly(sorted(layer, some, logits.slice(0, rows), new float[rows * 256]));
            batch = batch == null ? found : batch;
            assertThat(found).as("rows of a batch of 16").containsExactly(Arrays.copyOf(batch, rows * 256));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q5_K", "Q6_K", "MXFP4", "INT8", "NF4"})
    void everyTypeGivesTheBitsOfSortedRows(DType dtype) {
        RoutingRule rule = RoutingRule.of(5, 2, Scoring.SOFTMAX, true);
        assertForward(new ExpertLayer(rule, null, stack(5, 512, false, dtype), SILU, stack(5, 256, false, dtype)));
    }

    @Test
    void biasesAndClampedGatesGiveTheBitsOfSortedRows() {
        RoutingRule rule = RoutingRule.of(6, 4, Scoring.SOFTMAX_OF_CHOSEN, false);
        ExpertGate gate = new ExpertGate.Clamped(new ClampedSwiglu(1.702f, 1.5f));
        for (DType dtype : new DType[] {DType.MXFP4, DType.INT8}) {
            assertForward(new ExpertLayer(rule, null, stack(6, 512, true, dtype), gate, stack(6, 256, true, dtype)));
        }
    }

    @Test
    void partsOfSeveralTypesGiveTheBitsOfSortedRows() {
        RoutingRule rule = new RoutingRule(8, 3, Scoring.SIGMOID, true, 2.5f, 4, 2);
        assertForward(new ExpertLayer(
                rule,
                random.floats(8),
                stack(8, 512, true, DType.INT8, DType.Q4_K, DType.BF16, DType.INT8),
                new ExpertGate.Plain(Activation.GELU_TANH),
                stack(8, 256, false, DType.Q6_K, DType.F32)));
    }

    /** All rows choose one expert, which has more rows than a job takes. */
    @Test
    void crowdedExpertGivesTheBitsOfSortedRows() {
        RoutingRule rule = RoutingRule.of(2, 2, Scoring.SOFTMAX, true);
        assertForward(
                new ExpertLayer(rule, null, stack(2, 512, false, DType.BF16), SILU, stack(2, 256, false, DType.BF16)));
    }

    @Test
    void shareOfOutliersIsThatOfSortedRows() {
        RoutingRule rule = RoutingRule.of(4, 2, Scoring.SOFTMAX, true);
        ExpertLayer layer =
                new ExpertLayer(rule, null, stack(4, 512, false, DType.INT8), SILU, stack(4, 256, false, DType.INT8));
        Tensor x = random.floats(3, 256);
        x.setFloat(300, 9);
        Tensor logits = random.floats(3, 4);
        routed(layer).forward(ALONE, x, logits, zeros(3, 256), false);
        OutlierShare found = kernels.outliers();
        sorted(layer, x, logits, new float[3 * 256]);
        OutlierShare both = kernels.outliers();
        assertThat(both.features()).isEqualTo(2 * found.features());
        assertThat(both.outliers()).isEqualTo(2 * found.outliers()).isPositive();
    }

    @Test
    void whatKernelsDoNotKnowIsLeftToTheHost() {
        GroupMatrix up = stack(2, 512, false, DType.F32);
        GroupMatrix down = new GroupMatrix(
                List.of(
                        stack(1, 256, false, DType.F32).matrices().getFirst(),
                        stack(1, 256, false, DType.BF16).matrices().getFirst()),
                null);
        RoutingRule rule = RoutingRule.of(2, 1, Scoring.SOFTMAX, true);
        assertThat(kernels.experts().routed(arena, new ExpertLayer(rule, null, up, SILU, down)))
                .isEmpty();
        assertThat(kernels.experts().routed(arena, telling(RoutingRule.of(513, 1, Scoring.SOFTMAX, true), null)))
                .isEmpty();
    }

    @Test
    void largeBatchesAndWrongShapesAreRefused() {
        RoutingRule rule = RoutingRule.of(20, 17, Scoring.SOFTMAX, true);
        RoutedExperts routed = routed(telling(rule, null));
        assertThat(routed.takes(15)).isTrue();
        assertThat(routed.takes(16)).as("272 places").isFalse();
        assertThat(routed(telling(RoutingRule.of(4, 2, Scoring.SOFTMAX, true), null))
                        .takes(17))
                .isFalse();
        assertThatThrownBy(() -> routed.forward(ALONE, zeros(16, 20), zeros(16, 20), zeros(16, 20), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("16 rows");
        assertThatThrownBy(() -> routed.forward(ALONE, zeros(2, 20), zeros(3, 20), zeros(2, 20), false))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> routed.forward(ALONE, zeros(2, 20), zeros(2, 19), zeros(2, 20), false))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
