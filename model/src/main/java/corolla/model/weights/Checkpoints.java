package corolla.model.weights;

import corolla.model.family.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

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
        return GgufCheckpoint.open(onlyGguf(path));
    }

    /** The GGUF file of a folder; the first of a split one. */
    private static Path onlyGguf(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> found = files.filter(file -> file.toString().endsWith(".gguf"))
                    .filter(file -> !file.toString().matches(".*-of-\\d{5}\\.gguf")
                            || file.toString().contains("-00001-of-"))
                    .sorted()
                    .toList();
            if (found.size() != 1) {
                throw new CheckpointException(folder + " holds neither config.json nor exactly one GGUF model, found "
                        + found.size() + " GGUF files");
            }
            return found.getFirst();
        }
    }
}
