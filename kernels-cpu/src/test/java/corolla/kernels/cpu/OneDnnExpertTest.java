package corolla.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.contract.ExpertContract;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(value = OS.LINUX, architectures = "amd64", disabledReason = "oneDNN's jar is for this platform")
final class OneDnnExpertTest extends ExpertContract {
    OneDnnExpertTest() {
        super(oneDnn());
    }

    private static Kernels oneDnn() {
        CpuKernels kernels = CpuKernels.start(KernelsOptions.defaults().cacheFolder());
        assertThat(kernels.description()).contains("oneDNN").doesNotContain("without");
        return kernels;
    }
}
