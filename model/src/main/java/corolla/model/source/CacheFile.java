package corolla.model.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that is, or shall be, in the cache.
 *
 * @param bytes its size
 */
record CacheFile(Path path, long bytes) {

    boolean isThere() throws IOException {
        return Files.exists(path) && (bytes < 0 || Files.size(path) == bytes);
    }

    /** Where it grows while it is fetched. */
    Path part() {
        return path.resolveSibling(path.getFileName() + ".part");
    }

    /** What a fetch adds to the disk. */
    long bytesMissing() throws IOException {
        if (isThere()) {
            return 0;
        }
        return Math.max(0, bytes - (Files.exists(part()) ? Files.size(part()) : 0));
    }
}
