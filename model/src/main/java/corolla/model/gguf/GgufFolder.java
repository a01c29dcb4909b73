package corolla.model.gguf;

import corolla.model.family.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds the GGUF model in a folder. */
public final class GgufFolder {
    private static final Pattern LATER_PART = Pattern.compile(".*-(?!00001)\\d{5}-of-\\d{5}\\.gguf");

    private GgufFolder() {}

    /**
     * The only GGUF file of a folder, or the first of a split one; empty when there is none.
     *
     * @throws CheckpointException when there are several models
     */
    public static Optional<Path> find(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> found = files.filter(file -> file.toString().endsWith(".gguf"))
                    .filter(file -> !LATER_PART.matcher(file.toString()).matches())
                    .sorted()
                    .toList();
            if (found.size() > 1) {
                throw new CheckpointException(folder + " holds several GGUF models, name one: " + found);
            }
            return found.stream().findFirst();
        }
    }
}
