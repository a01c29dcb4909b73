package corolla.model.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.base.RealEnvironment;
import corolla.base.compute.InlineTeam;
import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.model.KernelsUnderTest;
import corolla.model.RandomCheckpoint;
import corolla.model.family.AttentionConfig;
import corolla.model.family.ModelConfig;
import corolla.model.family.RopeConfig;
import corolla.model.family.RopeScaling;
import corolla.model.weights.WeightsType;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Backward of spans of a model of odd sizes with random weights. */
@ParameterizedClass
@EnumSource(KernelsUnderTest.class)
class BackwardCallTest {
    private static final int BLOCKS = 3;
    private static final int HIDDEN = 14;
    private static final Deadline DEADLINE = new Deadline(Long.MAX_VALUE / 2);

    private final Kernels kernels;
    private final Arena arena = Arena.ofShared();
    private BlockStack blocks;

    BackwardCallTest(KernelsUnderTest kind) {
        kernels = kind.open();
    }

    @BeforeEach
    void load() throws IOException {
        blocks = load(4);
    }

    @AfterEach
    void close() {
        blocks.close();
        arena.close();
        kernels.close();
    }

    private BlockStack load(int window) throws IOException {
        RopeConfig rope = new RopeConfig(100, 6, new RopeScaling.None());
        AttentionConfig attention = AttentionConfig.of(6, 2, 6, rope).withWindow(window);
        ModelConfig config = RandomCheckpoint.llama(BLOCKS, HIDDEN, 5, attention, 11);
        return BlockStack.load(new RandomCheckpoint(config, DType.F32), 0, BLOCKS, WeightsType.F32, kernels);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 0", "1, 9, 0", "3, 5, 4", "2, 7, 4"})
    void gradientOfInputsEqualsFiniteDifferences(int batch, int tokens, int window) throws Exception {
        blocks.close();
        blocks = load(window);
        Tensor inputs = random(1, batch, tokens, HIDDEN);
        Tensor gradient = random(2, batch, tokens, HIDDEN);
        float[] outputGradient = gradient.toFloats();

        run(BackwardRequest.of(0, BLOCKS, inputs, gradient));

        for (int seed = 10; seed < 15; seed++) {
            Tensor direction = random(seed, batch, tokens, HIDDEN);
            double slope = slope(step -> output(moved(inputs, direction, step), null, batch, tokens), outputGradient);
            assertSlope(slope, gradient, direction);
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 3", "1, 3", "2, 5", "1, 1"})
    void gradientOfPromptsEqualsFiniteDifferences(int promptBatch, int positions) throws Exception {
        int batch = 2;
        int tokens = 5;
        Tensor inputs = random(1, batch, tokens, HIDDEN);
        Tensor gradient = random(2, batch, tokens, HIDDEN);
        float[] outputGradient = gradient.toFloats();
        Tensor prompts = random(3, BLOCKS, promptBatch, positions, HIDDEN);
        Tensor promptGradient = random(4, BLOCKS, batch, positions, HIDDEN);

        run(new BackwardRequest(0, BLOCKS, inputs, gradient, prompts, promptGradient));

        Tensor inputDirection = random(20, batch, tokens, HIDDEN);
        double inputSlope =
                slope(step -> output(moved(inputs, inputDirection, step), prompts, batch, tokens), outputGradient);
        assertSlope(inputSlope, gradient, inputDirection);
        for (int block = 0; block < BLOCKS; block++) {
            Tensor direction =
                    zerosBut(block, random(21 + block, prompts.shape().toArray()));
            double slope =
                    slope(step -> output(inputs, moved(prompts, direction, step), batch, tokens), outputGradient);
            assertSlope(slope, promptGradient, spread(direction, batch));
        }
    }

    @Test
    void inputsAndPromptsAreNotChanged() throws Exception {
        Tensor inputs = random(1, 2, 4, HIDDEN);
        Tensor prompts = random(3, BLOCKS, 1, 4, HIDDEN);

        run(new BackwardRequest(0, BLOCKS, inputs, random(2, 2, 4, HIDDEN), prompts, null));

        assertThat(inputs.toFloats()).isEqualTo(random(1, 2, 4, HIDDEN).toFloats());
        assertThat(prompts.toFloats()).isEqualTo(random(3, BLOCKS, 1, 4, HIDDEN).toFloats());
    }

    @Test
    void spanInTwoPartsHasTheSameBits() throws Exception {
        Tensor inputs = random(1, 2, 6, HIDDEN);
        Tensor whole = random(2, 2, 6, HIDDEN);
        Tensor parts = random(2, 2, 6, HIDDEN);
        Tensor between = random(1, 2, 6, HIDDEN);
        blocks.forward(new InlineTeam(), between, Part.uncached(2, 6), 0, 1, DEADLINE);

        run(BackwardRequest.of(0, BLOCKS, inputs, whole));
        run(BackwardRequest.of(1, BLOCKS, between, parts));
        run(BackwardRequest.of(0, 1, inputs, parts));

        assertThat(parts.toFloats()).isEqualTo(whole.toFloats());
    }

    /** 300 tokens: one sequence a pass; 130: three a pass and two left; 600: the feed-forward part in two pieces. */
    @ParameterizedTest
    @CsvSource({"3, 300", "5, 130", "2, 600"})
    void manyRowsHaveTheSameBitsAsSequencesAlone(int batch, int tokens) throws Exception {
        Tensor inputs = random(1, batch, tokens, HIDDEN);
        Tensor together = random(2, batch, tokens, HIDDEN);
        Tensor alone = random(2, batch, tokens, HIDDEN);

        run(BackwardRequest.of(0, 2, inputs, together));
        for (int i = 0; i < batch; i++) {
            Tensor input = inputs.part(i).reshape(1, tokens, HIDDEN);
            run(BackwardRequest.of(0, 2, input, alone.part(i).reshape(1, tokens, HIDDEN)));
        }

        assertThat(together.toFloats()).isEqualTo(alone.toFloats());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void teamOfAnySizeGetsTheSameBits(int size) throws Exception {
        Tensor inputs = random(1, 3, 7, HIDDEN);
        Tensor prompts = random(3, BLOCKS, 1, 2, HIDDEN);
        Tensor alone = random(2, 3, 7, HIDDEN);
        Tensor aloneOfPrompts = random(4, BLOCKS, 3, 2, HIDDEN);
        run(new BackwardRequest(0, BLOCKS, inputs, alone, prompts, aloneOfPrompts));
        Tensor gradient = random(2, 3, 7, HIDDEN);
        Tensor promptGradient = random(5, BLOCKS, 3, 2, HIDDEN);

        try (RealEnvironment real = RealEnvironment.create(size)) {
            Team team = real.environment().team();
            Deadline deadline = Deadline.never(real.environment().clock());
            blocks.backward(team, new BackwardRequest(0, BLOCKS, inputs, gradient, prompts, promptGradient), deadline);
        }

        assertThat(gradient.toFloats()).isEqualTo(alone.toFloats());
        assertThat(promptGradient.toFloats()).isEqualTo(aloneOfPrompts.toFloats());
    }

    @Test
    void requestThatDoesNotFitIsRefused() {
        Tensor states = random(1, 2, 3, HIDDEN);

        assertRefused("blocks [2, 2)", () -> BackwardRequest.of(2, 2, states, states));
        assertRefused("gradient", () -> BackwardRequest.of(0, 1, states, random(1, 2, 4, HIDDEN)));
        assertRefused("inputs", () -> BackwardRequest.of(0, 1, states.slice(0, 6), states.slice(0, 6)));
        assertRefused("prompts", () -> withPrompts(states, random(1, 2, 1, 2, HIDDEN), null));
        assertRefused("prompts", () -> withPrompts(states, random(1, 1, 3, 2, HIDDEN), null));
        assertRefused("prompts", () -> withPrompts(states, random(1, 1, 2, 4, HIDDEN), null));
        assertRefused("prompt gradient", () -> withPrompts(states, null, random(1, 1, 2, 2, HIDDEN)));
        assertRefused(
                "prompt gradient", () -> withPrompts(states, random(1, 1, 1, 2, HIDDEN), random(1, 1, 1, 2, HIDDEN)));
        assertRefused(
                "stack of [0, 3)",
                () -> blocks.prepareBackward(BackwardRequest.of(2, 4, states, states))
                        .close());
        Tensor narrow = random(1, 2, 3, HIDDEN - 1);
        assertRefused(
                "hidden size",
                () -> blocks.prepareBackward(BackwardRequest.of(0, 1, narrow, narrow))
                        .close());
    }

    @Test
    void bytesGrowWithBlocksByTheirInputs() {
        long one = BackwardCall.bytes(blocks.config(), 1, 2, 5);

        assertThat(BackwardCall.bytes(blocks.config(), 3, 2, 5) - one).isEqualTo(2L * 2 * 5 * HIDDEN * Float.BYTES);
    }

    private static void assertRefused(String what, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(what);
    }

    private static BackwardRequest withPrompts(
            Tensor states, @Nullable Tensor prompts, @Nullable Tensor promptGradient) {
        return new BackwardRequest(0, 1, states, states, prompts, promptGradient);
    }

    private void run(BackwardRequest request) throws Exception {
        blocks.backward(new InlineTeam(), request, DEADLINE);
    }

    /** Outputs as a function of how far something has moved. */
    @FunctionalInterface
    private interface Path {
        float[] at(float step) throws Exception;
    }

    /** d(output · outputGradient) / d(step); what is lost by f32 outputs is about 1e-6 / step. */
    private static double slope(Path path, float[] outputGradient) throws Exception {
        float step = 0x1p-8f;
        float[] above = path.at(step);
        float[] below = path.at(-step);
        double sum = 0;
        for (int i = 0; i < above.length; i++) {
            sum += outputGradient[i] * ((double) above[i] - below[i]);
        }
        return sum / (2 * step);
    }

    private static void assertSlope(double slope, Tensor gradient, Tensor direction) {
        double product = 0;
        double squares = 0;
        for (long i = 0; i < gradient.elements(); i++) {
            product += (double) gradient.getFloat(i) * direction.getFloat(i);
            squares += (double) gradient.getFloat(i) * gradient.getFloat(i);
        }
        assertThat(product).isCloseTo(slope, within(2e-3 * Math.sqrt(squares)));
    }

    private float[] output(Tensor inputs, @Nullable Tensor prompts, int batch, int tokens) {
        try (Arena temporary = Arena.ofShared()) {
            Tensor hidden =
                    Tensor.of(temporary, inputs.toFloats(), inputs.shape().toArray());
            BlockHook hook = prompts == null ? BlockHook.NONE : new DeepPrompts(prompts, 0, batch, tokens);
            List<Part> parts = List.of(Part.uncached(batch, tokens));
            try (ForwardCall call = blocks.prepare(hidden, parts, 0, BLOCKS, hook)) {
                new InlineTeam().run(call, DEADLINE);
            }
            return hidden.toFloats();
        }
    }

    private Tensor moved(Tensor from, Tensor direction, float step) {
        Tensor moved = Tensor.allocate(arena, DType.F32, from.shape().toArray());
        for (long i = 0; i < from.elements(); i++) {
            moved.setFloat(i, from.getFloat(i) + step * direction.getFloat(i));
        }
        return moved;
    }

    /** The same tensor with zeros in all parts but one. */
    private static Tensor zerosBut(int part, Tensor tensor) {
        for (int i = 0; i < tensor.shape().size(0); i++) {
            if (i != part) {
                tensor.part(i).data().fill((byte) 0);
            }
        }
        return tensor;
    }

    /** (N, 1, P, H) repeated to (N, batch, P, H). */
    private Tensor spread(Tensor tensor, int batch) {
        if (tensor.shape().size(1) == batch) {
            return tensor;
        }
        long[] shape = tensor.shape().toArray();
        Tensor spread = Tensor.allocate(arena, DType.F32, shape[0], batch, shape[2], shape[3]);
        for (long block = 0; block < shape[0]; block++) {
            for (int i = 0; i < batch; i++) {
                MemorySegment to = spread.part(block).part(i).data();
                to.copyFrom(tensor.part(block).part(0).data());
            }
        }
        return spread;
    }

    private Tensor random(long seed, long... shape) {
        Random random = new Random(seed);
        Tensor tensor = Tensor.allocate(arena, DType.F32, shape);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.setFloat(i, (float) random.nextGaussian());
        }
        return tensor;
    }
}
