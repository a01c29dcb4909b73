package corolla.model.weights;

import corolla.model.family.CheckpointException;
import corolla.model.gguf.GgufFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Finds out which format a path holds. */
final class Checkpoints {

    private Checkpoints() {}

    static Checkpoint open(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString(), null, "no such model folder or file");
        }
        if (!Files.isDirectory(path)) {
            return GgufCheckpoint.open(path);
        }
        if (Files.exists(path.resolve("config.json"))) {
            return SafetensorsCheckpoint.open(path);
        }
        Path gguf = GgufFolder.find(path)
                .orElseThrow(() -> new CheckpointException(path + " holds neither config.json nor a GGUF file"));
        return GgufCheckpoint.open(gguf);
    }
}
