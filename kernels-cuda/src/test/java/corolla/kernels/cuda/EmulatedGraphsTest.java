package corolla.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.compute.InlineTeam;
import corolla.kernels.cuda.driver.BatchLimits;
import corolla.kernels.cuda.driver.EmulatedFailure;
import corolla.kernels.cuda.driver.EmulatedLaunches;
import corolla.kernels.cuda.driver.EmulatedTraffic;
import corolla.model.LocalModel;
import corolla.model.block.KvCache;
import corolla.model.block.Part;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.DType;
import corolla.tensor.DeviceException;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import corolla.testkit.models.GoldenModels;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding as the driver sees it: graphs from a step's second time on. */
final class EmulatedGraphsTest {
    private static final int CACHE_TOKENS = 16;

    /** Rotation and attention have the position among their arguments; nothing else changes from step to step. */
    private static final int CHANGING_NODES = 2;

    @TempDir
    Path folder;

    private final EmulatedLaunches before = EmulatedLaunches.soFar();

    /** A golden model on emulated CUDA. */
    private record Decoder(Kernels kernels, Checkpoint checkpoint, LocalModel local) implements AutoCloseable {

        /** Runs one token of one session through some blocks; its hidden state tells its position. */
        float[] step(KvCache cache, int position, int from, int to) throws Exception {
            try (Arena arena = Arena.ofShared()) {
                Tensor hidden =
                        Tensor.allocate(arena, DType.F32, 1, local.config().hiddenSize());
                for (int i = 0; i < hidden.elements(); i++) {
                    hidden.setFloat(i, (position + 1) * (i % 7 - 3) / 8f);
                }
                Part part = new Part(1, 1, position, cache);
                local.blocks().forward(new InlineTeam(), hidden, part, from, to, InlineTeam.NO_DEADLINE);
                return hidden.toFloats();
            }
        }

        float[] step(KvCache cache, int position) throws Exception {
            return step(cache, position, 0, local.blockCount());
        }

        KvCache cache() {
            return local.blocks().allocateCache(1, CACHE_TOKENS);
        }

        @Override
        public void close() throws Exception {
            local.close();
            checkpoint.close();
            kernels.close();
        }
    }

    private Decoder load(String name, BatchLimits limits) throws Exception {
        Kernels kernels = EmulatedKernels.start(limits);
        Checkpoint checkpoint = Checkpoint.open(GoldenModels.unpack(name, folder.resolve(limits.toString())));
        LocalModel local = LocalModel.load(checkpoint, WeightsType.F32, kernels, new InlineTeam());
        return new Decoder(kernels, checkpoint, local);
    }

    private static EmulatedLaunches during(Step step) throws Exception {
        EmulatedLaunches before = EmulatedLaunches.soFar();
        step.run();
        return EmulatedLaunches.soFar().since(before);
    }

    private interface Step {
        void run() throws Exception;
    }

    @ParameterizedTest
    @ValueSource(strings = {"bloom", "llama", "gemma3", "deepseek_v3", "gpt_oss", "mixtral", "qwen3_moe"})
    void decodingLaunchesNoKernelByItself(String name) throws Exception {
        try (Decoder decoder = load(name, BatchLimits.defaults());
                KvCache cache = decoder.cache()) {
            long launches = during(() -> decoder.step(cache, 0)).singles();
            long batches = Math.ceilDiv(launches, BatchLimits.defaults().launchesMax());
            long changing = (long) CHANGING_NODES * decoder.local().blockCount();
            assertThat(during(() -> decoder.step(cache, 1)))
                    .as("%d launches", launches)
                    .isEqualTo(new EmulatedLaunches(0, batches, 0, batches));
            for (int position = 2; position < CACHE_TOKENS; position++) {
                int at = position;
                assertThat(during(() -> decoder.step(cache, at)))
                        .isEqualTo(new EmulatedLaunches(0, batches, changing, 0));
            }
        }
        assertThat(EmulatedLaunches.soFar().since(before).alive())
                .as("graphs that outlive their kernels")
                .isZero();
    }

    @Test
    void bitsAreThoseWithoutGraphs() throws Exception {
        for (String name : new String[] {"llama", "mixtral", "gpt_oss"}) {
            try (Decoder decoder = load(name, BatchLimits.defaults());
                    Decoder plain = load(name, BatchLimits.ALONE);
                    KvCache cache = decoder.cache();
                    KvCache plainCache = plain.cache()) {
                for (int position = 0; position < 5; position++) {
                    assertThat(decoder.step(cache, position)).containsExactly(plain.step(plainCache, position));
                }
            }
        }
    }

    /** Where the caches of several sequences are goes with the arguments of a launch: nothing ends a batch before it is full. */
    @Test
    void batchOfSequencesIsGraphsToo() throws Exception {
        int sequences = 16;
        try (Decoder decoder = load("llama", BatchLimits.defaults());
                KvCache cache = decoder.local().blocks().allocateCache(sequences, CACHE_TOKENS);
                Arena arena = Arena.ofShared()) {
            int blocks = decoder.local().blockCount();
            Tensor hidden = Tensor.allocate(
                    arena, DType.F32, sequences, decoder.local().config().hiddenSize());
            for (int position = 0; position < 4; position++) {
                Part part = new Part(sequences, 1, position, cache);
                EmulatedTraffic traffic = EmulatedTraffic.soFar();
                EmulatedLaunches launches = during(() -> decoder.local()
                        .blocks()
                        .forward(new InlineTeam(), hidden, part, 0, blocks, InlineTeam.NO_DEADLINE));
                if (position > 0) {
                    long bytes = hidden.data().byteSize();
                    assertThat(EmulatedTraffic.soFar().since(traffic)).isEqualTo(new EmulatedTraffic(bytes, bytes, 1));
                    long perBlock = 2 * 2; // two launches before rotation, and two before attention
                    long updates = position == 1 ? 0 : perBlock * blocks;
                    assertThat(launches.singles()).isZero();
                    assertThat(launches.updates()).isEqualTo(updates);
                }
            }
        }
    }

    @Test
    void sessionsShareGraphsAndSpansHaveTheirOwn() throws Exception {
        try (Decoder decoder = load("llama", BatchLimits.defaults());
                KvCache one = decoder.cache();
                KvCache other = decoder.cache()) {
            int blocks = decoder.local().blockCount();
            decoder.step(one, 0);
            EmulatedLaunches first = during(() -> decoder.step(other, 0));
            assertThat(first.singles()).isZero();
            for (int position = 1; position < 6; position++) {
                int at = position;
                EmulatedLaunches launches = during(() -> {
                    decoder.step(one, at);
                    decoder.step(other, at);
                });
                assertThat(launches)
                        .isEqualTo(new EmulatedLaunches(0, 2 * first.graphs(), 2L * CHANGING_NODES * blocks, 0));
            }
            // The last block's launches are those of the first, with other weights.
            for (int position = 6; position < 8; position++) {
                decoder.step(one, position, 0, 1);
                decoder.step(other, position, blocks - 1, blocks);
            }
            for (int position = 8; position < 10; position++) {
                int at = position;
                assertThat(during(() -> {
                            decoder.step(one, at, 0, 1);
                            decoder.step(other, at, blocks - 1, blocks);
                        }))
                        .isEqualTo(new EmulatedLaunches(0, 2, 2 * CHANGING_NODES, 0));
            }
        }
    }

    @Test
    void fewGraphsThatPushEachOtherOutGiveTheSameBits() throws Exception {
        try (Decoder decoder = load("llama", new BatchLimits(5, 3, 64));
                Decoder plain = load("llama", BatchLimits.ALONE);
                KvCache cache = decoder.cache();
                KvCache plainCache = plain.cache()) {
            for (int position = 0; position < 8; position++) {
                assertThat(decoder.step(cache, position)).containsExactly(plain.step(plainCache, position));
                assertThat(EmulatedLaunches.soFar().since(before).alive()).isLessThanOrEqualTo(3);
            }
        }
        assertThat(EmulatedLaunches.soFar().since(before).alive()).isZero();
    }

    @Test
    void deviceThatIsLostInAGraphIsTold() throws Exception {
        try (Decoder decoder = load("llama", BatchLimits.defaults());
                KvCache cache = decoder.cache()) {
            decoder.step(cache, 0);
            decoder.step(cache, 1);
            EmulatedFailure.next(700);
            assertThatThrownBy(() -> decoder.step(cache, 2))
                    .isInstanceOfSatisfying(
                            DeviceException.class, e -> assertThat(e.isFatal()).isTrue())
                    .hasMessageContainingAll("work up to ", "start it again");
        } finally {
            EmulatedFailure.next(0);
        }
        assertThat(EmulatedLaunches.soFar().since(before).alive()).isZero();
    }
}
