package corolla.model.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A model that has a name of its own: a file inside a Python package. The list is data, {@code known-models.json}.
 *
 * @param name what a user writes
 * @param description one line for a list
 * @param packageName the package that carries it
 * @param version exactly this one
 * @param archive the package's file
 * @param archiveBytes its size
 * @param archiveSha256 its hash
 * @param file the model inside it
 * @param fileBytes its size
 * @param fileSha256 its hash
 */
public record KnownModel(
        String name,
        String description,
        String packageName,
        String version,
        String archive,
        long archiveBytes,
        String archiveSha256,
        String file,
        long fileBytes,
        String fileSha256) {

    /** All known models. */
    public static List<KnownModel> all() {
        try (InputStream in = KnownModel.class.getResourceAsStream("known-models.json")) {
            List<KnownModel> models = new ArrayList<>();
            new ObjectMapper().readTree(Objects.requireNonNull(in)).forEach(node -> models.add(read(node)));
            return models;
        } catch (IOException broken) {
            throw new UncheckedIOException(broken); // our own resource
        }
    }

    private static KnownModel read(JsonNode node) {
        return new KnownModel(
                node.get("name").textValue(),
                node.get("description").textValue(),
                node.get("package").textValue(),
                node.get("version").textValue(),
                node.get("archive").textValue(),
                node.get("archive_bytes").longValue(),
                node.get("archive_sha256").textValue(),
                node.get("file").textValue(),
                node.get("file_bytes").longValue(),
                node.get("file_sha256").textValue());
    }
}
