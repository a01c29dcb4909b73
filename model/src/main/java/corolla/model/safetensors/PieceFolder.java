package corolla.model.safetensors;

import corolla.model.family.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Where the pieces of a file lie that was not fetched whole: beside {@code x.safetensors} the folder {@code x.safetensors.pieces}
 * with the file's first bytes as {@code header}, and each {@link Piece} as a file of its own. A piece appears whole or not at
 * all, may be deleted at any time when nobody uses it, and is never written again. Immutable.
 */
public record PieceFolder(Path path) {
    private static final String SUFFIX = ".pieces";
    private static final String HEADER = "header";

    /** The folder for a file, whether it is there or not. */
    public static PieceFolder of(Path file) {
        return new PieceFolder(file.resolveSibling(file.getFileName() + SUFFIX));
    }

    /** The file's first bytes up to its data. */
    public Path headerFile() {
        return path.resolve(HEADER);
    }

    public Path file(Piece piece) {
        return path.resolve(piece.fileName());
    }

    public boolean exists() {
        return Files.exists(headerFile());
    }

    /**
     * Reads the header.
     *
     * @throws CheckpointException when it is broken
     */
    public SafetensorsHeader header() throws IOException {
        byte[] bytes = Files.readAllBytes(headerFile());
        int json = SafetensorsHeader.jsonBytes(bytes, bytes.length);
        byte[] text = Arrays.copyOfRange(bytes, SafetensorsHeader.LENGTH_BYTES, SafetensorsHeader.LENGTH_BYTES + json);
        return SafetensorsHeader.parse(text, -1);
    }
}
