package corolla.tensor;

import java.nio.file.Path;
import java.util.Objects;

/**
 * What the user may choose about kernels.
 *
 * @param cacheFolder where native libraries are unpacked
 */
public record KernelsOptions(Path cacheFolder) {

    public KernelsOptions {
        Objects.requireNonNull(cacheFolder);
    }

    /** The cache folder is {@code $COROLLA_CACHE}, else {@code .cache/corolla} at home. */
    public static KernelsOptions defaults() {
        String folder = System.getenv("COROLLA_CACHE");
        Path cache = folder == null || folder.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache", "corolla")
                : Path.of(folder);
        return new KernelsOptions(cache);
    }
}
