package corolla.model.weights;

import corolla.model.family.ModelConfig;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** A checkpoint as it is, whose closing is left to its owner. */
record BorrowedCheckpoint(Checkpoint source) implements Checkpoint {

    @Override
    public ModelConfig config() {
        return source.config();
    }

    @Override
    public Path path() {
        return source.path();
    }

    @Override
    public Set<String> names() {
        return source.names();
    }

    @Override
    public Optional<TensorInfo> find(String name) throws IOException {
        return source.find(name);
    }

    @Override
    public Tensor read(String name, Arena arena) throws IOException {
        return source.read(name, arena);
    }

    @Override
    public void close() {}
}
