package corolla.model.weights;

import corolla.model.family.ModelConfig;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * A model's files, opened: the configuration, and tensors by their Hugging Face names whatever the format. Only headers
 * are read at first; a tensor is mapped when it is asked for. Thread-safe. May hold files open until it is closed; tensors
 * outlive it, as they belong to the arena that they were read into.
 */
public interface Checkpoint extends AutoCloseable {

    /**
     * Opens a folder (safetensors, or one GGUF file) or a GGUF file.
     *
     * @throws corolla.model.family.CheckpointException when the files are broken or not understood
     */
    static Checkpoint open(Path path) throws IOException {
        return Checkpoints.open(path);
    }

    ModelConfig config();

    /** What was opened: a folder or a GGUF file. */
    Path path();

    /** Names of all tensors. */
    Set<String> names();

    /** The shape and stored type of a tensor, without touching its data. */
    Optional<TensorInfo> find(String name) throws IOException;

    /**
     * Reads a tensor: maps the file where its bytes can be used as they are, copies otherwise.
     *
     * @param arena owns the mapping or the copy
     * @throws corolla.model.family.CheckpointException when there is no such tensor
     */
    Tensor read(String name, Arena arena) throws IOException;

    @Override
    void close() throws IOException;
}
