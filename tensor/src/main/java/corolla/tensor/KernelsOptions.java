package corolla.tensor;

import java.nio.file.Path;
import java.util.Objects;

/**
 * What the user may choose about kernels.
 *
 * @param precision how activations meet quantised weights
 * @param cacheFolder where native libraries are unpacked
 */
public record KernelsOptions(Precision precision, Path cacheFolder) {

    /** How activations meet quantised weights. */
    public enum Precision {
        /** Activations stay f32. */
        EXACT,
        /**
         * Single rows are rounded to 8 bits in groups of 32 before they meet Q8_0, Q4_0 or Q4_1 weights, as llama.cpp
         * does: about twice the speed, results differ in the third digit.
         */
        FAST
    }

    public KernelsOptions {
        Objects.requireNonNull(precision);
        Objects.requireNonNull(cacheFolder);
    }

    /** {@link Precision#FAST}; the cache folder is {@code $COROLLA_CACHE}, else {@code .cache/corolla} at home. */
    public static KernelsOptions defaults() {
        String folder = System.getenv("COROLLA_CACHE");
        Path cache = folder == null || folder.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache", "corolla")
                : Path.of(folder);
        return new KernelsOptions(Precision.FAST, cache);
    }

    public KernelsOptions withPrecision(Precision changed) {
        return new KernelsOptions(changed, cacheFolder);
    }

    public KernelsOptions withCacheFolder(Path changed) {
        return new KernelsOptions(precision, changed);
    }
}
