package corolla.model.weights;

import corolla.model.family.CheckpointException;
import corolla.model.safetensors.SafetensorsEntry;
import corolla.model.safetensors.TensorBytes;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * One safetensors file, or what was fetched of it. Everything in the header is checked when it is opened. Thread-safe, and
 * safe from interruptions: one reader's does not close the file for others.
 */
public final class SafetensorsFile implements AutoCloseable {
    private final Path path;
    private final TensorBytes bytes;

    private SafetensorsFile(Path path, TensorBytes bytes) {
        this.path = path;
        this.bytes = bytes;
    }

    /** @throws CheckpointException when the header is broken or describes what the file does not have */
    public static SafetensorsFile open(Path path) throws IOException {
        return new SafetensorsFile(path, TensorBytes.open(path));
    }

    /** Names of all tensors, in the header's order. */
    public Set<String> names() {
        return bytes.header().entries().keySet();
    }

    public Optional<TensorInfo> find(String name) {
        return Optional.ofNullable(bytes.header().entries().get(name))
                .map(entry -> new TensorInfo(name, entry.dtype(), entry.shape()));
    }

    /**
     * Maps a tensor.
     *
     * @param arena owns the mapping
     * @throws CheckpointException when there is no such tensor, or it was not fetched
     */
    public Tensor read(String name, Arena arena) throws IOException {
        SafetensorsEntry entry = bytes.header().entries().get(name);
        if (entry == null) {
            throw new CheckpointException(path + ": tensor " + name + " is missing");
        }
        return new Tensor(bytes.map(entry, arena), entry.dtype(), entry.shape());
    }

    @Override
    public void close() {
        // The file is open only while it is read or mapped.
    }
}
