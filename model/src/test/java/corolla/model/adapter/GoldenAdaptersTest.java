package corolla.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.RealEnvironment;
import corolla.base.compute.InlineTeam;
import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.model.KernelsUnderTest;
import corolla.model.LocalModel;
import corolla.model.Verification;
import corolla.model.VerificationReport;
import corolla.model.VerificationReport.Check;
import corolla.model.block.StackAdapter;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.testkit.models.GoldenAdapters;
import corolla.testkit.models.GoldenModels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters that PEFT made: block outputs, logits, gradients and greedy tokens of the adapted model are PEFT's. */
class GoldenAdaptersTest {
    @TempDir
    Path folder;

    static Stream<Arguments> adaptersAndKernels() {
        return GoldenAdapters.ALL.stream()
                .flatMap(name -> Stream.of(KernelsUnderTest.values()).map(kernels -> Arguments.of(name, kernels)));
    }

    @ParameterizedTest
    @MethodSource("adaptersAndKernels")
    void adaptedModelIsWithinTolerance(String name, KernelsUnderTest kind) throws Exception {
        try (Kernels kernels = kind.open()) {
            VerificationReport report = verify(name, kernels, new InlineTeam(), InlineTeam.NO_DEADLINE);
            assertThat(report.checks()).isNotEmpty().allMatch(Check::passed);
            assertThat(report.greedyEqual()).isTrue();
            assertThat(report.greedyCompared()).isEqualTo(24);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama/all", "falcon40/all", "mixtral/all", "deepseek_v3/all"})
    void sizeOfTheTeamDoesNotShow(String name) throws Exception {
        try (Kernels kernels = KernelsUnderTest.BEST.open();
                RealEnvironment real = RealEnvironment.create(3)) {
            VerificationReport alone = verify(name, kernels, new InlineTeam(), InlineTeam.NO_DEADLINE);
            Deadline deadline = Deadline.after(real.environment().clock(), Duration.ofMinutes(2));
            VerificationReport three = verify(name, kernels, real.environment().team(), deadline);
            assertThat(three).isEqualTo(alone);
        }
    }

    private VerificationReport verify(String name, Kernels kernels, Team team, Deadline deadline) throws Exception {
        Path model = GoldenModels.unpack(GoldenAdapters.model(name), folder);
        Path adapter = GoldenAdapters.unpack(name, folder);
        try (Checkpoint checkpoint = Checkpoint.open(model);
                LocalModel local = LocalModel.load(checkpoint, WeightsType.F32, kernels, team);
                LoraAdapter lora = LoraAdapter.open(adapter);
                StackAdapter adapted = local.blocks().adapt(lora)) {
            return Verification.run(
                    adapter.resolve("expected.safetensors"),
                    local.ends(),
                    local.adapted(adapted),
                    DType.F32,
                    team,
                    deadline);
        }
    }
}
