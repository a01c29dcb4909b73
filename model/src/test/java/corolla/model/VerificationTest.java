package corolla.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.RealEnvironment;
import corolla.base.compute.InlineTeam;
import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.model.VerificationReport.Check;
import corolla.model.family.CheckpointException;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.models.GoldenModels;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class VerificationTest {
    @TempDir
    Path folder;

    static Stream<Arguments> modelsAndKernels() {
        return GoldenModels.ALL.stream()
                .flatMap(model -> Stream.of(KernelsUnderTest.values()).map(kernels -> Arguments.of(model, kernels)));
    }

    static Stream<Arguments> variantsAndKernels() {
        return GoldenModels.VARIANTS.stream()
                .flatMap(model -> Stream.of(KernelsUnderTest.values()).map(kernels -> Arguments.of(model, kernels)));
    }

    @ParameterizedTest
    @MethodSource("variantsAndKernels")
    void goldenVariantIsWithinTolerance(String name, KernelsUnderTest kind) throws Exception {
        try (Kernels kernels = kind.open()) {
            VerificationReport report =
                    verify(name, WeightsType.F32, DType.F32, kernels, new InlineTeam(), InlineTeam.NO_DEADLINE);
            assertThat(report.checks()).isNotEmpty().allMatch(Check::passed);
            assertThat(report.passed()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void goldenModelIsWithinTolerance(String name, KernelsUnderTest kind) throws Exception {
        try (Kernels kernels = kind.open()) {
            VerificationReport report =
                    verify(name, WeightsType.F32, DType.F32, kernels, new InlineTeam(), InlineTeam.NO_DEADLINE);
            assertThat(report.checks()).hasSize(10).allMatch(Check::passed);
            assertThat(report.greedyEqual()).isTrue();
            assertThat(report.greedyCompared()).isEqualTo(24);
            assertThat(report.passed()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void sizeOfTheTeamDoesNotShow(String name, KernelsUnderTest kind) throws Exception {
        try (Kernels kernels = kind.open();
                RealEnvironment real = RealEnvironment.create(3)) {
            VerificationReport alone =
                    verify(name, WeightsType.AUTO, DType.F32, kernels, new InlineTeam(), InlineTeam.NO_DEADLINE);
            Deadline deadline = Deadline.after(real.environment().clock(), Duration.ofMinutes(2));
            VerificationReport three = verify(
                    name,
                    WeightsType.AUTO,
                    DType.F32,
                    kernels,
                    real.environment().team(),
                    deadline);
            assertThat(three).isEqualTo(alone);
        }
    }

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void sixteenBitWeightsAreWithinTheirTolerance(String name, KernelsUnderTest kind) throws Exception {
        try (Kernels kernels = kind.open()) {
            for (WeightsType type : sixteenBitTypes(name)) {
                VerificationReport report =
                        verify(name, type, type.of(DType.F32), kernels, new InlineTeam(), InlineTeam.NO_DEADLINE);
                assertThat(report.checks().subList(1, 7)).as(type.name()).allMatch(Check::passed);
                if (!name.equals("qwen3_moe")) { // a token is sent to another expert even by 11 bits, six blocks on
                    assertThat(report.checks().getLast()).matches(Check::passed, "grad_embedded in " + type);
                }
            }
        }
    }

    /** Some tokens of these two lie so near the border between experts that rounding to 8 bits sends them to another. */
    private static List<WeightsType> sixteenBitTypes(String name) {
        boolean onABorder = name.equals("qwen3_moe") || name.equals("gpt_oss");
        return onABorder ? List.of(WeightsType.F16) : List.of(WeightsType.BF16, WeightsType.F16);
    }

    @Test
    void wrongBlockFails() throws Exception {
        Path model = GoldenModels.unpack("llama", folder);
        try (Kernels kernels = new ScalarKernels();
                Checkpoint checkpoint = Checkpoint.open(model);
                LocalModel local = LocalModel.load(checkpoint, WeightsType.F32, kernels, new InlineTeam())) {
            VerificationReport report = Verification.run(
                    model.resolve("expected.safetensors"),
                    local.ends(),
                    new Spoiled(local),
                    DType.F32,
                    new InlineTeam(),
                    InlineTeam.NO_DEADLINE);
            assertThat(report.passed()).isFalse();
            assertThat(report.checks())
                    .filteredOn(check -> !check.passed())
                    .extracting(Check::name)
                    .contains("block.3");
            assertThat(report.checks())
                    .filteredOn(Check::passed)
                    .extracting(Check::name)
                    .contains("block.2");
        }
    }

    @Test
    void expectedTensorsOfAnotherModelAreRefused() throws Exception {
        Path model = GoldenModels.unpack("llama", folder);
        try (Kernels kernels = new ScalarKernels();
                Checkpoint checkpoint = Checkpoint.open(model);
                LocalModel local = LocalModel.load(checkpoint, WeightsType.F32, kernels, new InlineTeam())) {
            assertThatThrownBy(() -> Verification.run(
                            model.resolve("model.safetensors"),
                            local.ends(),
                            local,
                            DType.F32,
                            new InlineTeam(),
                            InlineTeam.NO_DEADLINE))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("input_ids is missing");
        }
    }

    private VerificationReport verify(
            String name, WeightsType weights, DType dtype, Kernels kernels, Team team, Deadline deadline)
            throws Exception {
        Path model = GoldenModels.unpack(name, folder);
        try (Checkpoint checkpoint = Checkpoint.open(model);
                LocalModel local = LocalModel.load(checkpoint, weights, kernels, team)) {
            return Verification.run(model.resolve("expected.safetensors"), local.ends(), local, dtype, team, deadline);
        }
    }

    /** Adds a little to one value of block 3's output. */
    private record Spoiled(BlockExecutor blocks) implements BlockExecutor {
        @Override
        public int blockCount() {
            return blocks.blockCount();
        }

        @Override
        public void forward(Tensor hidden, int from, int to, Deadline deadline)
                throws IOException, InterruptedException {
            blocks.forward(hidden, from, to, deadline);
            if (from <= 3 && to > 3) {
                hidden.setFloat(7, hidden.getFloat(7) + 0.01f);
            }
        }

        @Override
        public Session open(int batch, int tokensMax, Deadline deadline) throws IOException, InterruptedException {
            return blocks.open(batch, tokensMax, deadline);
        }
    }
}
