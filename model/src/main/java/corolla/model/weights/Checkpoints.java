package corolla.model.weights;

import java.io.IOException;
import java.nio.file.Path;

/** Finds out which format a path holds. */
final class Checkpoints {

    private Checkpoints() {}

    static Checkpoint open(Path path) throws IOException {
        throw new UnsupportedOperationException();
    }
}
