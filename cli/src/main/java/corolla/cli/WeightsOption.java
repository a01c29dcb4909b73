package corolla.cli;

import corolla.model.weights.BlockFormat;
import corolla.model.weights.WeightsType;
import picocli.CommandLine.Mixin;
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

    @Mixin
    private QuantisationOption quantisation = new QuantisationOption();

    WeightsType type() {
        return parse("--dtype", type);
    }

    /** Of blocks in this process. */
    BlockFormat format() {
        return quantisation.format(type());
    }

    static WeightsType parse(String option, String type) {
        try {
            return WeightsType.parse(type);
        } catch (IllegalArgumentException e) {
            throw new UserException(option + ": " + e.getMessage(), e);
        }
    }
}
