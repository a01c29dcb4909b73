package corolla.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.contract.ProductContract;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(value = OS.LINUX, architectures = "amd64", disabledReason = "oneDNN's jar is for this platform")
final class OneDnnProductTest extends ProductContract {
    private boolean splits;
    private boolean machineCode;

    OneDnnProductTest() {
        super(oneDnn());
    }

    @BeforeEach
    void askWhatMultiplies() {
        try (Kernels kernels = oneDnn()) {
            splits = kernels.description().contains("AMX");
            machineCode = kernels.description().contains("machine code");
        }
    }

    @Override
    protected List<List<Integer>> equalBatches(DType dtype) {
        return switch (dtype) {
            case F32, INT8 -> super.equalBatches(dtype);
            case BF16 -> splits ? between(machineCode ? 9 : 5, 17) : between(machineCode ? 9 : 5);
            case F16 -> between(machineCode ? 17 : 5);
            default -> between(machineCode ? 33 : 5);
        };
    }

    /** Batches below and above each border. */
    private static List<List<Integer>> between(int... borders) {
        return IntStream.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 96, 97, 130)
                .boxed()
                .collect(Collectors.groupingBy(
                        batch -> IntStream.of(borders)
                                .filter(border -> batch >= border)
                                .count(),
                        TreeMap::new,
                        Collectors.toList()))
                .values()
                .stream()
                .toList();
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
