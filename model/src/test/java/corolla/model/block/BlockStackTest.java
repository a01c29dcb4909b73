package corolla.model.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.compute.InlineTeam;
import corolla.model.KernelsUnderTest;
import corolla.model.weights.BlockFormat;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import corolla.testkit.models.GoldenModels;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Invariant 1 within a process: however a sequence is cut, batched or cached, its rows have the same bits. */
@SuppressWarnings("NullAway.Init") // each test loads first
class BlockStackTest {
    private static final int HIDDEN = 64;
    private static final int BLOCKS = 6;

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofShared();
    private Kernels kernels;
    private BlockStack stack;

    static Stream<Arguments> modelsAndKernels() {
        return GoldenModels.ALL.stream()
                .flatMap(model -> Stream.of(KernelsUnderTest.values()).map(kernels -> Arguments.of(model, kernels)));
    }

    @AfterEach
    void close() {
        stack.close();
        kernels.close();
        arena.close();
    }

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void tokenByTokenEqualsAllAtOnce(String model, KernelsUnderTest kind) throws Exception {
        load(model, kind);
        Tensor whole = random(1, 20, 1);
        Tensor steps = copy(whole);
        run(whole, Part.uncached(1, 20), 0, BLOCKS);
        try (KvCache cache = stack.allocateCache(1, 20)) {
            for (int i = 0; i < 20; i++) {
                run(steps.slice(i, i + 1), Part.next(cache, 1), 0, BLOCKS);
            }
            assertThat(cache.position()).isEqualTo(20);
        }
        assertSame(steps, whole, model, kind);
    }

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void prefillInChunksEqualsAllAtOnce(String model, KernelsUnderTest kind) throws Exception {
        load(model, kind);
        Tensor whole = random(1, 20, 2);
        Tensor chunks = copy(whole);
        run(whole, Part.uncached(1, 20), 0, BLOCKS);
        try (KvCache cache = stack.allocateCache(1, 32)) {
            int at = 0;
            for (int tokens : new int[] {7, 2, 11}) {
                run(chunks.slice(at, at + tokens), Part.next(cache, tokens), 0, BLOCKS);
                at += tokens;
            }
        }
        assertSame(chunks, whole, model, kind);
    }

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void moreRowsThanScratchEqualSequencesAlone(String model, KernelsUnderTest kind) throws Exception {
        load(model, kind);
        Tensor batch = random(9, 130, 3); // 1,170 rows: three chunks, cut within sequences
        Tensor last = copy(batch.slice(8 * 130, 9 * 130));
        run(batch, Part.uncached(9, 130), 0, BLOCKS);
        run(last, Part.uncached(1, 130), 0, BLOCKS);
        assertSame(batch.slice(8 * 130, 9 * 130), last, model, kind);
    }

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void sequencesOfABatchDoNotSeeEachOther(String model, KernelsUnderTest kind) throws Exception {
        load(model, kind);
        Tensor first = random(1, 9, 4);
        Tensor second = random(1, 9, 5);
        Tensor both = Tensor.allocate(arena, DType.F32, 2, 9, HIDDEN);
        both.slice(0, 9).copyFrom(first);
        both.slice(9, 18).copyFrom(second);
        run(both, Part.uncached(2, 9), 0, BLOCKS);
        run(first, Part.uncached(1, 9), 0, BLOCKS);
        run(second, Part.uncached(1, 9), 0, BLOCKS);
        assertSame(both.slice(0, 9), first, model, kind);
        assertSame(both.slice(9, 18), second, model, kind);
    }

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void stepsOfSeveralSessionsRunTogether(String model, KernelsUnderTest kind) throws Exception {
        load(model, kind);
        Tensor alone = random(1, 12, 6);
        Tensor joined = copy(alone);
        run(alone, Part.uncached(1, 12), 0, BLOCKS);
        try (KvCache cache = stack.allocateCache(1, 12);
                KvCache other = stack.allocateCache(2, 40)) {
            run(joined.slice(0, 10), Part.next(cache, 10), 0, BLOCKS);
            run(random(2, 30, 7), Part.next(other, 30), 0, BLOCKS);
            Tensor hidden = Tensor.allocate(arena, DType.F32, 4, HIDDEN);
            hidden.slice(0, 2).copyFrom(random(2, 1, 8).reshape(2, HIDDEN));
            hidden.slice(2, 4).copyFrom(joined.slice(10, 12));
            List<Part> parts = List.of(Part.next(other, 1), Part.next(cache, 2));
            try (ForwardCall call = stack.prepare(hidden, parts, 0, BLOCKS, BlockHook.NONE)) {
                new InlineTeam().run(call, InlineTeam.NO_DEADLINE);
            }
            assertSame(hidden.slice(2, 4), alone.slice(10, 12), model, kind);
            assertThat(cache.position()).isEqualTo(12);
            assertThat(other.position()).isEqualTo(31);
        }
    }

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void spansOneAfterAnotherEqualTheWhole(String model, KernelsUnderTest kind) throws Exception {
        load(model, kind);
        Tensor whole = random(2, 5, 9);
        Tensor spans = copy(whole);
        run(whole, Part.uncached(2, 5), 0, BLOCKS);
        run(spans, Part.uncached(2, 5), 0, 1);
        run(spans, Part.uncached(2, 5), 1, 4);
        run(spans, Part.uncached(2, 5), 4, BLOCKS);
        assertThat(spans.toFloats()).isEqualTo(whole.toFloats());
    }

    @ParameterizedTest
    @EnumSource(KernelsUnderTest.class)
    void copiesOfTheFirstBlockStandForAll(KernelsUnderTest kind) throws Exception {
        load("llama", kind);
        Tensor again = random(1, 5, 15);
        Tensor alike = copy(again);
        for (int i = 0; i < 5; i++) {
            run(again, Part.uncached(1, 5), 0, 1);
        }
        stack.close();
        try (Checkpoint checkpoint = Checkpoint.open(GoldenModels.unpack("llama", folder))) {
            BlockFormat format = BlockFormat.of(WeightsType.F32);
            stack = BlockStack.alike(checkpoint, 0, BLOCKS, 2, format, kernels);
        }
        stack = stack.narrowed(1, BLOCKS); // which frees nothing that the others use
        run(alike, Part.uncached(1, 5), 1, BLOCKS);
        assertThat(alike.toFloats()).isEqualTo(again.toFloats());
    }

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void truncatedTokensLeaveNoTrace(String model, KernelsUnderTest kind) throws Exception {
        load(model, kind);
        Tensor input = random(1, 12, 10);
        Tensor straight = copy(input);
        run(straight, Part.uncached(1, 12), 0, BLOCKS);
        try (KvCache cache = stack.allocateCache(1, 16)) {
            run(copy(input.slice(0, 8)), Part.next(cache, 8), 0, BLOCKS);
            run(random(1, 7, 11).slice(0, 7), Part.next(cache, 7), 0, BLOCKS); // a wrong guess
            cache.truncate(8);
            Tensor rest = copy(input.slice(8, 12));
            run(rest, Part.next(cache, 4), 0, BLOCKS);
            assertSame(rest, straight.slice(8, 12), model, kind);
        }
    }

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void reorderedSequencesGoOnFromTheirNewPast(String model, KernelsUnderTest kind) throws Exception {
        load(model, kind);
        Tensor past = random(3, 8, 12);
        Tensor next = random(3, 1, 13);
        try (KvCache cache = stack.allocateCache(3, 12);
                KvCache kept = stack.allocateCache(3, 12)) {
            run(copy(past), Part.next(cache, 8), 0, BLOCKS);
            run(copy(past), Part.next(kept, 8), 0, BLOCKS);
            cache.reorder(new int[] {2, 2, 0});
            Tensor after = copy(next);
            run(after, Part.next(cache, 1), 0, BLOCKS);
            Tensor inOldOrder = Tensor.allocate(arena, DType.F32, 3, 1, HIDDEN);
            inOldOrder.slice(2, 3).copyFrom(next.slice(0, 1));
            inOldOrder.slice(0, 1).copyFrom(next.slice(2, 3));
            run(inOldOrder, Part.next(kept, 1), 0, BLOCKS);
            assertThat(after.slice(0, 1).toFloats())
                    .isEqualTo(inOldOrder.slice(2, 3).toFloats());
            assertThat(after.slice(2, 3).toFloats())
                    .isEqualTo(inOldOrder.slice(0, 1).toFloats());
        }
    }

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void hookSeesEveryBlockAndMayAdd(String model, KernelsUnderTest kind) throws Exception {
        load(model, kind);
        Tensor hooked = random(1, 3, 14);
        Tensor byHand = copy(hooked);
        List<Integer> seen = new ArrayList<>();
        BlockHook hook = (me, block, hidden) -> {
            seen.add(block);
            hidden.setFloat(0, hidden.getFloat(0) + block);
        };
        try (ForwardCall call = stack.prepare(hooked, List.of(Part.uncached(1, 3)), 2, 5, hook)) {
            new InlineTeam().run(call, InlineTeam.NO_DEADLINE);
        }
        for (int block = 2; block < 5; block++) {
            byHand.setFloat(0, byHand.getFloat(0) + block);
            run(byHand, Part.uncached(1, 3), block, block + 1);
        }
        assertThat(seen).containsExactly(2, 3, 4);
        assertThat(hooked.toFloats()).isEqualTo(byHand.toFloats());
    }

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void wrongCallsAreRefused(String model, KernelsUnderTest kind) throws Exception {
        load(model, kind);
        try (KvCache cache = stack.allocateCache(1, 4)) {
            assertThatThrownBy(() -> run(random(1, 5, 1), Part.next(cache, 5), 0, BLOCKS))
                    .hasMessageContaining("5 tokens at position 0 in a cache of 4");
            assertThatThrownBy(() -> run(random(1, 1, 1), new Part(1, 1, 2, cache), 0, BLOCKS))
                    .hasMessageContaining("whose cache holds 0 tokens");
            assertThatThrownBy(() -> run(random(1, 1, 1), Part.next(cache, 1), 0, BLOCKS + 1))
                    .hasMessageContaining("blocks [0, 7)");
            assertThatThrownBy(() -> run(random(1, 2, 1), Part.uncached(1, 3), 0, BLOCKS))
                    .hasMessageContaining("parts of 3 rows");
            assertThatThrownBy(() -> cache.truncate(1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> cache.reorder(new int[] {1})).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> new Part(2, 1, 0, cache)).hasMessageContaining("a cache of 1");
        }
    }

    private void load(String model, KernelsUnderTest kind) throws Exception {
        kernels = kind.open();
        try (Checkpoint checkpoint = Checkpoint.open(GoldenModels.unpack(model, folder))) {
            stack = BlockStack.load(checkpoint, 0, BLOCKS, WeightsType.F32, kernels);
        }
    }

    private void run(Tensor hidden, Part part, int from, int to) throws Exception {
        stack.forward(new InlineTeam(), hidden, part, from, to, InlineTeam.NO_DEADLINE);
    }

    private Tensor random(int batch, int tokens, long seed) {
        Random random = new Random(seed);
        Tensor tensor = Tensor.allocate(arena, DType.F32, batch, tokens, HIDDEN);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.setFloat(i, (float) random.nextGaussian());
        }
        return tensor;
    }

    private Tensor copy(Tensor tensor) {
        Tensor copy = Tensor.allocate(arena, DType.F32, tensor.shape().toArray());
        copy.copyFrom(tensor);
        return copy;
    }

    private static void assertSame(Tensor actual, Tensor expected, String model, KernelsUnderTest kind) {
        assertThat(actual.toFloats()).as("%s on %s", model, kind).isEqualTo(expected.toFloats());
    }
}
