package corolla.model.weights;

import corolla.model.family.CheckpointException;
import corolla.model.gguf.GgufFile;
import corolla.model.gguf.GgufValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A file's metadata under its architecture's prefix, read with messages that name the key. Immutable; borrows the file.
 *
 * @param tensors names of all tensors, GGUF's: some settings show only in what there is
 */
record GgufMetadata(GgufFile file, String prefix, Set<String> tensors) {

    GgufMetadata {
        tensors = Set.copyOf(tensors);
    }

    Path path() {
        return file.path();
    }

    /** Whether the file has a tensor. */
    boolean hasTensor(String name) {
        return tensors.contains(name);
    }

    /**
     * An integer; where it is an array with one for each block, their common value.
     *
     * @throws CheckpointException when it is missing, too large, or differs from block to block
     */
    int integer(String name) throws CheckpointException {
        return find(name).orElseThrow(() -> new CheckpointException(path() + ": " + key(name) + " is missing"));
    }

    int integer(String name, int fallback) throws CheckpointException {
        return find(name).orElse(fallback);
    }

    /** The same where absence says something. */
    Optional<Integer> find(String name) throws CheckpointException {
        Optional<List<GgufValue>> ofBlocks = file.sequence(key(name));
        if (ofBlocks.isEmpty()) {
            return whole(key(name));
        }
        List<GgufValue> distinct = ofBlocks.get().stream().distinct().toList();
        if (distinct.size() == 1 && distinct.getFirst() instanceof GgufValue.Whole(long value)) {
            return Optional.of(toInt(key(name), value));
        }
        throw new CheckpointException(path() + ": " + key(name) + " differs from block to block");
    }

    /** By its whole key. */
    Optional<Integer> whole(String key) throws CheckpointException {
        Optional<Long> value = file.whole(key);
        return value.isPresent() ? Optional.of(toInt(key, value.get())) : Optional.empty();
    }

    double real(String name, double fallback) {
        return file.real(key(name)).orElse(fallback);
    }

    Optional<Double> real(String name) {
        return file.real(key(name));
    }

    boolean flag(String name, boolean fallback) {
        return file.whole(key(name)).map(value -> value != 0).orElse(fallback);
    }

    Optional<String> text(String name) {
        return file.text(key(name));
    }

    /** Flags of all blocks; empty when there is no such array. */
    List<Boolean> flags(String name) throws CheckpointException {
        List<GgufValue> values = file.sequence(key(name)).orElse(List.of());
        if (!values.stream().allMatch(GgufValue.Whole.class::isInstance)) {
            throw new CheckpointException(path() + ": " + key(name) + " holds other things than booleans");
        }
        return values.stream()
                .map(value -> !value.equals(new GgufValue.Whole(0)))
                .toList();
    }

    private String key(String name) {
        return prefix + "." + name;
    }

    private int toInt(String key, long value) throws CheckpointException {
        if (value != (int) value) {
            throw new CheckpointException(path() + ": " + key + " is " + value);
        }
        return (int) value;
    }
}
