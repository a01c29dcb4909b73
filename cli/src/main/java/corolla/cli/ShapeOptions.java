package corolla.cli;

import corolla.cli.synthetic.ModelShape;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whose blocks are measured, with random weights. */
final class ShapeOptions {
    @Option(
            names = "--shape",
            paramLabel = "NAME",
            defaultValue = "smollm2-135m",
            description =
                    "Whose blocks: smollm2-135m, bloom-560m, llama-1b, llama-7b, llama-8b, llama-70b or bloom-176b. Default:"
                            + " ${DEFAULT-VALUE}.")
    private String shape = "";

    /**
     * With so many blocks.
     *
     * @param blocks null: as many as the model has
     */
    ModelShape shape(@Nullable Integer blocks) {
        try {
            return ModelShape.required(shape, blocks);
        } catch (IllegalArgumentException e) {
            throw new UserException(String.valueOf(e.getMessage()), e);
        }
    }
}
