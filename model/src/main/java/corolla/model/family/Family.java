package corolla.model.family;

import java.util.List;

/**
 * One family of models: how its {@code config.json} reads and what its tensors are called. Everything else of a model is
 * in its {@link ModelConfig}.
 *
 * @param modelType the name in {@code config.json}
 * @param reader makes a configuration of it
 * @param tensors what its tensors are called
 * @param prefixes what may stand before tensor names; exports differ
 */
public record Family(String modelType, Reader reader, TensorNames tensors, List<String> prefixes) {

    public Family {
        prefixes = List.copyOf(prefixes);
    }

    /** Makes a configuration from a family's {@code config.json}. */
    @FunctionalInterface
    public interface Reader {

        /** @throws IllegalArgumentException naming the key that is missing or not understood */
        ModelConfig read(ConfigJson json);
    }
}
