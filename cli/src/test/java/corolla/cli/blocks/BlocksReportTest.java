package corolla.cli.blocks;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.cli.synthetic.ModelShape;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class BlocksReportTest {
    private static final ModelShape BLOOM = ModelShape.named("bloom-176b").orElseThrow();
    private final BlocksReport report = new BlocksReport(BLOOM, 3e12, OptionalDouble.of(989e12));

    @Test
    void decodingIsToldAsShareOfTheMemorysSpeed() {
        BlockRow row = new BlockRow("int8", 2.4e9, Map.of(1, 1e-3, 4, 2e-3), Map.of(), Map.of());
        assertThat(report.decodeLine(row, List.of(1, 4, 16)))
                .isEqualTo("| int8 | 2,400.0 | 1.00 ms, 2,400.0 GB/s (80 %) | 2.00 ms, 1,200.0 GB/s (40 %) | – |\n");
    }

    /** 2 · 12 · 14336² · 8192 operations in 0.1 s. */
    @Test
    void batchesAreToldAsShareOfThePeak() {
        BlockRow row = new BlockRow("bf16", 4.9e9, Map.of(), Map.of(64, 0.1), Map.of());
        assertThat(report.batchLines(row, List.of(64)))
                .isEqualTo("| bf16 | 8,192 | 100.00 ms, 404.07 TFLOP/s (41 %) | – |\n");
        assertThat(new BlocksReport(BLOOM, 3e12, OptionalDouble.empty()).batchLines(row, List.of(64)))
                .isEqualTo("| bf16 | 8,192 | 100.00 ms, 404.07 TFLOP/s | – |\n");
    }

    @Test
    void peaksOfKnownCardsAreKnown() {
        assertThat(DensePeak.of("cuda: NVIDIA H100 80GB HBM3 (cuda:0), compute capability 9.0"))
                .hasValue(989e12);
        assertThat(DensePeak.of("cpu: Vector API 512 bits")).isEmpty();
    }
}
