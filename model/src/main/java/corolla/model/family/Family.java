package corolla.model.family;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One family of models: how its {@code config.json} reads and what its tensors are called. Everything else of a model is
 * in its {@link ModelConfig}.
 *
 * @param modelType the name in {@code config.json}
 * @param reader makes a configuration of it
 * @param tensors what its tensors are called
 * @param prefixes what may stand before tensor names; exports differ
 * @param otherNames what parts of tensor names are called in other exports
 */
public record Family(
        String modelType, Reader reader, TensorNames tensors, List<String> prefixes, Map<String, String> otherNames) {

    public Family {
        prefixes = List.copyOf(prefixes);
        otherNames = Map.copyOf(otherNames);
    }

    /** A family whose tensors have one name each. */
    Family(String modelType, Reader reader, TensorNames tensors, List<String> prefixes) {
        this(modelType, reader, tensors, prefixes, Map.of());
    }

    /** The names under which a tensor may be stored, the usual one first. */
    public List<String> storedNames(String name) {
        List<String> names = new ArrayList<>();
        names.add(name);
        otherNames.forEach((usual, other) -> {
            if (name.contains(usual)) {
                names.add(name.replace(usual, other));
            }
        });
        List<String> all = new ArrayList<>(names);
        for (String prefix : prefixes) {
            names.forEach(stored -> all.add(prefix + stored));
        }
        return all;
    }

    /** Makes a configuration from a family's {@code config.json}. */
    @FunctionalInterface
    public interface Reader {

        /** @throws IllegalArgumentException naming the key that is missing or not understood */
        ModelConfig read(ConfigJson json);
    }
}
