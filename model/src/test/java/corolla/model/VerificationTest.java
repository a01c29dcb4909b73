package corolla.model;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.models.GoldenModels;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VerificationTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama3", "mistral"})
    void goldenModelIsWithinToleranceOnScalarKernels(String name) throws Exception {
        try (Kernels kernels = new ScalarKernels()) {
            VerificationReport report = verify(name, WeightsType.F32, DType.F32, kernels);
            report.checks().forEach(check -> System.out.println(name + " " + check));
            assertThat(report.checks()).hasSize(10).allMatch(VerificationReport.Check::passed);
            assertThat(report.greedyEqual()).isTrue();
            assertThat(report.greedyCompared()).isEqualTo(24);
        }
    }

    private VerificationReport verify(String name, WeightsType weights, DType dtype, Kernels kernels) throws Exception {
        Path model = GoldenModels.unpack(name, folder);
        try (Checkpoint checkpoint = Checkpoint.open(model);
                LocalModel local = LocalModel.load(checkpoint, weights, kernels, new InlineTeam())) {
            return Verification.run(
                    model.resolve("expected.safetensors"),
                    local.ends(),
                    local,
                    dtype,
                    new InlineTeam(),
                    InlineTeam.NO_DEADLINE);
        }
    }
}
