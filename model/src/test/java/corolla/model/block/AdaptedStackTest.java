package corolla.model.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.base.compute.InlineTeam;
import corolla.model.KernelsUnderTest;
import corolla.model.adapter.AdapterFolder;
import corolla.model.adapter.LoraAdapter;
import corolla.model.weights.BlockFormat;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.Quantisation;
import corolla.model.weights.WeightsType;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import corolla.testkit.models.GoldenAdapters;
import corolla.testkit.models.GoldenModels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows of an adapted part have the same bits however they are cut, cached, or batched with others' rows. */
@SuppressWarnings("NullAway.Init") // each test loads first
class AdaptedStackTest {
    private static final int HIDDEN = 64;
    private static final int BLOCKS = 6;

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofShared();
    private final Deque<StackAdapter> adapters = new ArrayDeque<>();
    private Kernels kernels;
    private BlockStack stack;

    static Stream<Arguments> adaptersAndKernels() {
        return GoldenAdapters.ALL.stream()
                .filter(name -> name.endsWith("/all"))
                .flatMap(name -> Stream.of(KernelsUnderTest.values()).map(kernels -> Arguments.of(name, kernels)));
    }

    @AfterEach
    void close() {
        adapters.forEach(StackAdapter::close);
        stack.close();
        kernels.close();
        arena.close();
    }

    @ParameterizedTest
    @MethodSource("adaptersAndKernels")
    void twoAdaptersAndNoneInOneBatchEqualEachAlone(String name, KernelsUnderTest kind) throws Exception {
        load(name, kind);
        StackAdapter first = adapt(name);
        StackAdapter second = adapt(GoldenAdapters.other(name));
        List<Part> parts = List.of(
                Part.uncached(1, 3).withAdapter(first),
                Part.uncached(2, 2),
                Part.uncached(1, 5).withAdapter(second),
                Part.uncached(1, 1).withAdapter(first),
                Part.uncached(1, 1).withAdapter(first));
        Tensor together = random(1, 14, 1);
        Tensor alone = copy(together);

        run(together, parts);

        int row = 0;
        for (Part part : parts) {
            Tensor rows = alone.slice(row, row + part.rows());
            run(rows, List.of(part));
            row += part.rows();
        }
        assertThat(together.toFloats()).isEqualTo(alone.toFloats());
        Tensor plain = random(1, 14, 1);
        run(plain.slice(0, 3), List.of(Part.uncached(1, 3)));
        assertThat(plain.slice(0, 3).toFloats()).isNotEqualTo(alone.slice(0, 3).toFloats());
    }

    @ParameterizedTest
    @MethodSource("adaptersAndKernels")
    void stepsOfSessionsWithDifferentAdaptersRunTogether(String name, KernelsUnderTest kind) throws Exception {
        load(name, kind);
        StackAdapter[] each = {adapt(name), null, adapt(GoldenAdapters.other(name))};
        Tensor[] whole = new Tensor[each.length];
        Tensor[] steps = new Tensor[each.length];
        for (int i = 0; i < each.length; i++) {
            whole[i] = random(1, 12, 10 + i);
            steps[i] = copy(whole[i]);
            run(whole[i], List.of(Part.uncached(1, 12).withAdapter(each[i])));
        }
        try (KvCache first = stack.allocateCache(1, 12);
                KvCache second = stack.allocateCache(1, 12);
                KvCache third = stack.allocateCache(1, 12)) {
            KvCache[] caches = {first, second, third};
            int done = 0;
            for (int tokens : new int[] {7, 2, 1, 1, 1}) {
                Tensor joined = Tensor.allocate(arena, DType.F32, 3L * tokens, HIDDEN);
                for (int i = 0; i < 3; i++) {
                    joined.slice((long) i * tokens, (i + 1L) * tokens).copyFrom(steps[i].slice(done, done + tokens));
                }
                run(
                        joined,
                        Stream.of(0, 1, 2)
                                .map(i -> Part.next(caches[i], tokens).withAdapter(each[i]))
                                .toList());
                for (int i = 0; i < 3; i++) {
                    steps[i].slice(done, done + tokens).copyFrom(joined.slice((long) i * tokens, (i + 1L) * tokens));
                }
                done += tokens;
            }
        }
        for (int i = 0; i < each.length; i++) {
            assertThat(steps[i].toFloats()).as("session " + i).isEqualTo(whole[i].toFloats());
        }
    }

    /** 1,170 rows of two parts: three chunks, cut within a part. */
    @ParameterizedTest
    @EnumSource(KernelsUnderTest.class)
    void moreRowsThanScratchEqualPartsAlone(KernelsUnderTest kind) throws Exception {
        load("llama/all", kind);
        Part first = Part.uncached(5, 130).withAdapter(adapt("llama/all"));
        Part second = Part.uncached(4, 130).withAdapter(adapt("llama/some"));
        Tensor together = random(9, 130, 3);
        Tensor alone = copy(together);

        run(together, List.of(first, second), 1);
        run(alone.slice(0, 650), List.of(first), 1);
        run(alone.slice(650, 1170), List.of(second), 1);

        assertThat(together.toFloats()).isEqualTo(alone.toFloats());
    }

    /** Not DeepSeek's: a token of these lies so near the border between experts that a step takes it across. */
    static Stream<Arguments> smoothAdaptersAndKernels() {
        return adaptersAndKernels()
                .filter(arguments -> !"deepseek_v3/all".equals(arguments.get()[0]));
    }

    @ParameterizedTest
    @MethodSource("smoothAdaptersAndKernels")
    void gradientEqualsFiniteDifferences(String name, KernelsUnderTest kind) throws Exception {
        load(name, kind);
        StackAdapter adapter = adapt(name);
        Tensor inputs = random(2, 7, 1);
        Tensor gradient = random(2, 7, 2);
        float[] outputGradient = gradient.toFloats();
        // A step must not take a token across the border between experts; so short a one sees more of f32's rounding.
        boolean isSparse = name.startsWith("mixtral") || name.startsWith("qwen3_moe");

        BackwardRequest request = BackwardRequest.of(2, 4, inputs, gradient).withAdapter(adapter);
        stack.backward(new InlineTeam(), request, InlineTeam.NO_DEADLINE);

        for (int seed = 20; seed < 23; seed++) {
            Tensor direction = random(2, 7, seed);
            double slope = slope(inputs, direction, isSparse ? 0x1p-12f : 0x1p-8f, outputGradient, adapter);
            double product = 0;
            double squares = 0;
            for (long i = 0; i < gradient.elements(); i++) {
                product += (double) gradient.getFloat(i) * direction.getFloat(i);
                squares += (double) gradient.getFloat(i) * gradient.getFloat(i);
            }
            assertThat(product).isCloseTo(slope, within((isSparse ? 1e-2 : 2e-3) * Math.sqrt(squares)));
        }
    }

    /** 130 tokens: two sequences a pass; 600: one, the feed-forward part in two pieces. */
    @ParameterizedTest
    @EnumSource(KernelsUnderTest.class)
    void gradientsOfManyRowsHaveTheSameBitsAsSequencesAlone(KernelsUnderTest kind) throws Exception {
        load("llama/all", kind);
        StackAdapter adapter = adapt("llama/all");
        for (int tokens : new int[] {130, 600}) {
            Tensor inputs = random(2, tokens, 1);
            Tensor together = random(2, tokens, 2);
            Tensor alone = copy(together);
            backward(1, inputs, together, adapter);
            for (int i = 0; i < 2; i++) {
                Tensor input = inputs.part(i).reshape(1, tokens, HIDDEN);
                backward(1, input, alone.part(i).reshape(1, tokens, HIDDEN), adapter);
            }
            assertThat(together.toFloats()).isEqualTo(alone.toFloats());
        }
    }

    @ParameterizedTest
    @EnumSource(KernelsUnderTest.class)
    void untrainedAdapterChangesNoBit(KernelsUnderTest kind) throws Exception {
        load("llama/all", kind);
        AdapterFolder untrained = new AdapterFolder(4, 8, "q_proj", "down_proj");
        for (int block = 0; block < BLOCKS; block++) {
            String name = "model.layers." + block;
            untrained.untrained(name + ".self_attn.q_proj", 4, HIDDEN, HIDDEN);
            untrained.untrained(name + ".mlp.down_proj", 4, innerSize(), HIDDEN);
        }
        StackAdapter adapter = adapt(untrained.write(folder.resolve("untrained")));
        assertThat(adapter.blockCount()).isEqualTo(BLOCKS);
        Tensor with = random(2, 9, 1);
        Tensor without = copy(with);
        run(with, List.of(Part.uncached(2, 9).withAdapter(adapter)));
        run(without, List.of(Part.uncached(2, 9)));
        assertThat(with.toFloats()).isEqualTo(without.toFloats());

        Tensor gradientWith = random(2, 9, 2);
        Tensor gradientWithout = copy(gradientWith);
        backward(BLOCKS, random(2, 9, 1), gradientWith, adapter);
        backward(BLOCKS, random(2, 9, 1), gradientWithout, null);
        assertThat(gradientWith.toFloats()).isEqualTo(gradientWithout.toFloats());
    }

    /** What an adapter adds after one block is about the same over rounded weights as over those it was made for. */
    @ParameterizedTest
    @EnumSource(KernelsUnderTest.class)
    void adapterStaysPreciseOverQuantisedWeights(KernelsUnderTest kind) throws Exception {
        load("llama/all", kind);
        Tensor exact = added("llama/all");
        stack.close();
        for (Quantisation quantisation : List.of(Quantisation.INT8, Quantisation.NF4)) {
            adapters.pop().close();
            load("llama/all", kind, quantisation);
            Tensor rounded = added("llama/all");
            double error = 0;
            double squares = 0;
            for (long i = 0; i < exact.elements(); i++) {
                error += Math.pow((double) rounded.getFloat(i) - exact.getFloat(i), 2);
                squares += Math.pow(exact.getFloat(i), 2);
            }
            assertThat(Math.sqrt(error / squares))
                    .as(quantisation.name())
                    .isLessThan(quantisation == Quantisation.INT8 ? 0.05 : 0.5);
            if (quantisation == Quantisation.INT8) {
                stack.close();
            }
        }
    }

    private Tensor added(String name) throws Exception {
        Tensor with = random(1, 9, 1);
        Tensor without = copy(with);
        run(with, List.of(Part.uncached(1, 9).withAdapter(adapt(name))), 1);
        run(without, List.of(Part.uncached(1, 9)), 1);
        for (long i = 0; i < with.elements(); i++) {
            with.setFloat(i, with.getFloat(i) - without.getFloat(i));
        }
        return with;
    }

    @ParameterizedTest
    @EnumSource(KernelsUnderTest.class)
    void adapterOfAnotherStackOrAClosedOneIsRefused(KernelsUnderTest kind) throws Exception {
        load("llama/all", kind);
        StackAdapter adapter = adapt("llama/all");
        Tensor hidden = random(1, 2, 1);
        try (Checkpoint checkpoint = Checkpoint.open(GoldenModels.unpack("llama", folder));
                BlockStack other = BlockStack.load(checkpoint, 0, 2, WeightsType.F32, kernels)) {
            Part part = Part.uncached(1, 2).withAdapter(adapter);
            assertThatThrownBy(() -> other.prepare(hidden, List.of(part), 0, 2, BlockHook.NONE)
                            .close())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("made for [0, 6)");
            BackwardRequest request =
                    BackwardRequest.of(0, 2, hidden, random(1, 2, 2)).withAdapter(adapter);
            assertThatThrownBy(() -> other.prepareBackward(request).close())
                    .isInstanceOf(IllegalArgumentException.class);
        }
        adapter.close();
        assertThatThrownBy(() -> run(hidden, List.of(Part.uncached(1, 2).withAdapter(adapter))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    /** Queries, keys and values of rank 4 are one product of rank 12, gate and up one of rank 8. */
    @ParameterizedTest
    @EnumSource(KernelsUnderTest.class)
    void bytesAreThoseOfTheStackedMatrices(KernelsUnderTest kind) throws Exception {
        load("llama/all", kind);
        long queryKeyValue = stack.config().attention().querySize()
                + 2L * stack.config().attention().keyValueSize();
        long attention =
                12 * (HIDDEN + queryKeyValue) + 4L * (stack.config().attention().querySize() + HIDDEN);
        long feedForward = 8L * (HIDDEN + 2L * innerSize()) + 4L * (innerSize() + HIDDEN);
        assertThat(adapt("llama/all").bytes()).isEqualTo(BLOCKS * Float.BYTES * (attention + feedForward));
    }

    private int innerSize() {
        return stack.config().block(0).feedForward().innerSize();
    }

    private void load(String name, KernelsUnderTest kind) throws IOException {
        load(name, kind, Quantisation.NONE);
    }

    private void load(String name, KernelsUnderTest kind, Quantisation quantisation) throws IOException {
        if (kernels == null) {
            kernels = kind.open();
        }
        Path model = GoldenModels.unpack(GoldenAdapters.model(name), folder);
        BlockFormat format = BlockFormat.of(WeightsType.F32, quantisation, folder.resolve("cache"), 1 << 24);
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            stack = BlockStack.load(checkpoint, 0, BLOCKS, format, kernels);
        }
    }

    private StackAdapter adapt(String name) throws IOException {
        return adapt(GoldenAdapters.unpack(name, folder));
    }

    private StackAdapter adapt(Path path) throws IOException {
        try (LoraAdapter lora = LoraAdapter.open(path)) {
            adapters.push(stack.adapt(lora));
        }
        return adapters.getFirst();
    }

    private void run(Tensor hidden, List<Part> parts) throws Exception {
        run(hidden, parts, BLOCKS);
    }

    private void run(Tensor hidden, List<Part> parts, int blocks) throws Exception {
        try (ForwardCall call = stack.prepare(hidden, parts, 0, blocks, BlockHook.NONE)) {
            new InlineTeam().run(call, InlineTeam.NO_DEADLINE);
        }
    }

    private void backward(int blocks, Tensor inputs, Tensor gradient, @Nullable StackAdapter adapter) throws Exception {
        BackwardRequest request =
                BackwardRequest.of(0, blocks, inputs, gradient).withAdapter(adapter);
        stack.backward(new InlineTeam(), request, InlineTeam.NO_DEADLINE);
    }

    /** d(output · outputGradient) / d(step along the direction), to the fourth order of the step. */
    private double slope(Tensor inputs, Tensor direction, float step, float[] outputGradient, StackAdapter adapter)
            throws Exception {
        double fine = difference(inputs, direction, step, outputGradient, adapter);
        double coarse = difference(inputs, direction, 2 * step, outputGradient, adapter);
        return (4 * fine - coarse) / 3;
    }

    private double difference(Tensor inputs, Tensor direction, float step, float[] outputGradient, StackAdapter adapter)
            throws Exception {
        float[] above = output(inputs, direction, step, adapter);
        float[] below = output(inputs, direction, -step, adapter);
        double sum = 0;
        for (int i = 0; i < above.length; i++) {
            sum += outputGradient[i] * ((double) above[i] - below[i]);
        }
        return sum / (2 * step);
    }

    private float[] output(Tensor inputs, Tensor direction, float step, StackAdapter adapter) throws Exception {
        Tensor moved = copy(inputs);
        for (long i = 0; i < moved.elements(); i++) {
            moved.setFloat(i, inputs.getFloat(i) + step * direction.getFloat(i));
        }
        Part part = Part.uncached(2, 7).withAdapter(adapter);
        stack.forward(new InlineTeam(), moved, part, 2, 4, InlineTeam.NO_DEADLINE);
        return moved.toFloats();
    }

    private Tensor copy(Tensor tensor) {
        return Tensor.of(arena, tensor.toFloats(), tensor.shape().toArray());
    }

    private Tensor random(int batch, int tokens, long seed) {
        Random random = new Random(seed);
        Tensor tensor = Tensor.allocate(arena, DType.F32, batch, tokens, HIDDEN);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.setFloat(i, (float) random.nextGaussian());
        }
        return tensor;
    }
}
