package corolla.model.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the hub says of a repository: its commit, and its files.
 *
 * @param commit what the revision stands for now
 * @param files by name
 */
record HubListing(String commit, Map<String, HubFile> files) {
    private static final int FILES_MAX = 10_000;

    /**
     * One file.
     *
     * @param bytes its size; -1 when the hub does not say
     * @param sha256 of its contents, for large files
     * @param gitSha1 git's name of its contents, for files that git itself keeps
     */
    record HubFile(String name, long bytes, Optional<String> sha256, Optional<String> gitSha1) {

        /** Which hash of a fetched file is another than the hub's, if one is. */
        Optional<String> wrongHash(Path fetched) throws IOException {
            if (sha256.isPresent()) {
                return isSame(Hashes.sha256(fetched), sha256.get())
                        ? Optional.empty()
                        : Optional.of("SHA-256 than " + sha256.get());
            }
            return gitSha1.isPresent() && !isSame(Hashes.gitSha1(fetched), gitSha1.get())
                    ? Optional.of("git hash than " + gitSha1.get())
                    : Optional.empty();
        }

        private static boolean isSame(String hash, String other) {
            return hash.equalsIgnoreCase(other);
        }
    }

    /** Reads the answer to {@code /api/models/ORG/NAME/revision/REVISION?blobs=true}. */
    static HubListing parse(byte[] json) throws IOException {
        JsonNode root = new ObjectMapper().readTree(json);
        String commit = root.path("sha").asText();
        if (!commit.matches("[0-9a-f]{7,64}")) {
            throw new IOException("the hub's answer has no commit: sha is \"" + commit + "\"");
        }
        Map<String, HubFile> files = new LinkedHashMap<>();
        for (JsonNode sibling : root.path("siblings")) {
            String name = sibling.path("rfilename").asText();
            if (isSafe(name) && files.size() < FILES_MAX) {
                String sha256 = sibling.path("lfs").path("sha256").asText("");
                files.put(
                        name,
                        new HubFile(
                                name,
                                sibling.path("size").asLong(-1),
                                Optional.of(sha256).filter(hash -> hash.matches("[0-9a-fA-F]{64}")),
                                Optional.of(sibling.path("blobId").asText(""))
                                        .filter(hash -> sha256.isEmpty() && hash.matches("[0-9a-f]{40}"))));
            }
        }
        return new HubListing(commit, files);
    }

    /** Whether a name stays inside the folder that it is put in. */
    private static boolean isSafe(String name) {
        return name.matches("[\\w][\\w.+ -]*(/[\\w][\\w.+ -]*)*") && !name.contains("..");
    }
}
