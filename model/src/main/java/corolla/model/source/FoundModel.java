package corolla.model.source;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A model on this machine.
 *
 * @param path a folder or a GGUF file, for {@link corolla.model.weights.Checkpoint#open} and the tokenizer
 * @param name what to call it: {@code smollm2-135m}, {@code org/name}, or the folder's name
 * @param repository the Hugging Face id it came from
 */
public record FoundModel(Path path, String name, Optional<String> repository) {}
