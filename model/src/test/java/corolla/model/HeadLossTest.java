package corolla.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.base.RealEnvironment;
import corolla.base.compute.InlineTeam;
import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.model.family.AttentionConfig;
import corolla.model.family.ModelConfig;
import corolla.model.family.RopeConfig;
import corolla.model.family.RopeScaling;
import corolla.model.weights.WeightsType;
import corolla.tensor.BackwardKernels;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Loss and gradient of final norm and head. 131 rows are three chunks, the last of three rows. */
@ParameterizedClass
@EnumSource(KernelsUnderTest.class)
class HeadLossTest {
    private static final int ROWS = 131;
    private static final int HIDDEN = 13;
    private static final int VOCABULARY = 37;
    private static final Deadline DEADLINE = new Deadline(Long.MAX_VALUE / 2);

    private final Kernels kernels;
    private final Arena arena = Arena.ofShared();
    private final Team team = new InlineTeam();
    private Ends ends;

    HeadLossTest(KernelsUnderTest kind) {
        kernels = kind.open();
    }

    @BeforeEach
    void load() throws IOException {
        RopeConfig rope = new RopeConfig(100, 2, new RopeScaling.None());
        ModelConfig config = RandomCheckpoint.llama(1, HIDDEN, VOCABULARY, AttentionConfig.of(1, 1, 2, rope), 3);
        ends = Ends.load(new RandomCheckpoint(config, DType.F32), WeightsType.F32, kernels);
    }

    @AfterEach
    void close() {
        ends.close();
        arena.close();
        kernels.close();
    }

    @Test
    void gradientEqualsFiniteDifferencesOfTheLoss() throws Exception {
        Tensor hidden = random(1);
        Tensor gradient = random(2);
        int[] targets = targets();
        ends.loss(team, hidden, targets, gradient, DEADLINE);

        for (int seed = 10; seed < 15; seed++) {
            Tensor direction = random(seed);
            float step = 0x1p-6f;
            double above = ends.loss(team, moved(hidden, direction, step), targets, random(3), DEADLINE);
            double below = ends.loss(team, moved(hidden, direction, -step), targets, random(3), DEADLINE);
            double product = 0;
            double squares = 0;
            for (long i = 0; i < gradient.elements(); i++) {
                product += (double) gradient.getFloat(i) * direction.getFloat(i);
                squares += (double) gradient.getFloat(i) * gradient.getFloat(i);
            }
            assertThat(product).isCloseTo((above - below) / (2 * step), within(2e-3 * Math.sqrt(squares)));
        }
    }

    @Test
    void lossIsTheMeanOverRowsWithATarget() throws Exception {
        Tensor hidden = random(1);
        int[] targets = targets();
        Tensor logits = Tensor.allocate(arena, DType.F32, ROWS, VOCABULARY);
        ends.logits(team, hidden, logits, DEADLINE);
        double sum = 0;
        int count = 0;
        for (int row = 0; row < ROWS; row++) {
            if (targets[row] != BackwardKernels.NO_TARGET) {
                sum += loss(logits.slice(row, row + 1).toFloats(), targets[row]);
                count++;
            }
        }

        assertThat(ends.loss(team, hidden, targets, random(2), DEADLINE)).isCloseTo(sum / count, within(1e-5));
    }

    @Test
    void rowsWithoutATargetHaveNoGradient() throws Exception {
        Tensor gradient = random(2);
        ends.loss(team, random(1), targets(), gradient, DEADLINE);

        assertThat(gradient.slice(7, 8).toFloats()).containsOnly(0);
        assertThat(gradient.slice(6, 7).toFloats()).doesNotContain(0);
    }

    @Test
    void teamOfThreeGetsTheSameBits() throws Exception {
        Tensor alone = random(2);
        double lossAlone = ends.loss(team, random(1), targets(), alone, DEADLINE);
        Tensor gradient = random(3);
        try (RealEnvironment real = RealEnvironment.create(3)) {
            Deadline deadline = Deadline.never(real.environment().clock());
            double loss = ends.loss(real.environment().team(), random(1), targets(), gradient, deadline);

            assertThat(loss).isEqualTo(lossAlone);
            assertThat(gradient.toFloats()).isEqualTo(alone.toFloats());
        }
    }

    @Test
    void targetsThatDoNotFitAreRefused() {
        int[] none = new int[ROWS];
        Arrays.fill(none, BackwardKernels.NO_TARGET);

        assertThatThrownBy(() -> ends.loss(team, random(1), none, random(2), DEADLINE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("131 targets, 0 of them");
        assertThatThrownBy(() -> ends.loss(team, random(1), new int[3], random(2), DEADLINE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 targets");
    }

    private static double loss(float[] logits, int target) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        return Math.log(sum) - logits[target];
    }

    /** Every eighth row has none. */
    private static int[] targets() {
        int[] targets = new int[ROWS];
        Arrays.setAll(targets, row -> row % 8 == 7 ? BackwardKernels.NO_TARGET : row * 5 % VOCABULARY);
        return targets;
    }

    private Tensor moved(Tensor from, Tensor direction, float step) {
        Tensor moved = Tensor.allocate(arena, DType.F32, from.shape().toArray());
        for (long i = 0; i < from.elements(); i++) {
            moved.setFloat(i, from.getFloat(i) + step * direction.getFloat(i));
        }
        return moved;
    }

    private Tensor random(long seed) {
        Random random = new Random(seed);
        Tensor tensor = Tensor.allocate(arena, DType.F32, ROWS, HIDDEN);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.setFloat(i, (float) random.nextGaussian());
        }
        return tensor;
    }
}
