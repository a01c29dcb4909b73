package corolla.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.contract.ProductContract;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(value = OS.LINUX, architectures = "amd64", disabledReason = "oneDNN's jar is for this platform")
final class OneDnnProductTest extends ProductContract {
    private boolean splits;

    OneDnnProductTest() {
        super(oneDnn());
    }

    @BeforeEach
    void askForAmx() {
        try (Kernels kernels = oneDnn()) {
            splits = kernels.description().contains("AMX");
        }
    }

    @Override
    protected List<List<Integer>> equalBatches(DType dtype) {
        return switch (dtype) {
            case BF16 ->
                splits
                        ? List.of(
                                List.of(1, 2, 3, 4),
                                List.of(5, 6, 7, 8, 15, 16),
                                List.of(17, 31, 33, 64, 65, 96, 97, 130))
                        : super.equalBatches(dtype);
            default -> super.equalBatches(dtype);
        };
    }

    /** Two halves keep 2^-17 of a number, f32 2^-24; {@link SplitProductTest} has a bound by norms. */
    @Override
    protected double looseness(DType weights, long rows) {
        boolean split = splits && weights == DType.BF16 && rows >= SplitProducts.ROWS_MIN;
        return split ? 16 : 1;
    }

    private static Kernels oneDnn() {
        CpuKernels kernels = CpuKernels.start(KernelsOptions.defaults().cacheFolder());
        assertThat(kernels.description()).contains("oneDNN").doesNotContain("without");
        return kernels;
    }
}
