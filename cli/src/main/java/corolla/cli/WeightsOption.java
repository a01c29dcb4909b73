package corolla.cli;

import corolla.model.weights.WeightsType;
import picocli.CommandLine.Option;

/** In what precision weights are kept. */
final class WeightsOption {
    @Option(
            names = {"--dtype", "--torch-dtype"},
            paramLabel = "TYPE",
            defaultValue = "auto",
            description =
                    "How weights are kept in memory: f32, bf16, f16, or auto: as they are stored. Default: ${DEFAULT-VALUE}.")
    private String type = "auto";

    WeightsType type() {
        try {
            return WeightsType.parse(type);
        } catch (IllegalArgumentException e) {
            throw new UserException("--dtype: " + e.getMessage(), e);
        }
    }
}
