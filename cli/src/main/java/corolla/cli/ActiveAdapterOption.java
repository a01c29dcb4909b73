package corolla.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which LoRA adapter answers. */
final class ActiveAdapterOption {
    @Option(
            names = "--active-adapter",
            paramLabel = "NAME",
            description =
                    "Answer with this LoRA adapter: only servers that announce it under this name are asked. With --local, its folder"
                            + " or Hugging Face id. 'corolla info' shows who has which. Default: none.")
    private @Nullable String name;

    /** No adapter. */
    static ActiveAdapterOption none() {
        return new ActiveAdapterOption();
    }

    /** Empty for none. */
    String name() {
        return name == null ? "" : name;
    }
}
