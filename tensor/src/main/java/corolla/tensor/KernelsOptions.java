package corolla.tensor;

import java.nio.file.Path;
import java.util.Objects;

/**
 * What the user may choose about kernels.
 *
 * @param cacheFolder where native libraries are unpacked, and compiled kernels kept
 * @param device what they run on
 * @param fastProducts whether kernels of GPUs may round activations of many rows to bf16 before they multiply: faster, and a row's result differs with the size of its batch,
 *     by up to 2^-8 of the norms that are multiplied. Others take no notice
 */
public record KernelsOptions(Path cacheFolder, DeviceChoice device, boolean fastProducts) {

    public KernelsOptions {
        Objects.requireNonNull(cacheFolder);
        Objects.requireNonNull(device);
    }

    /** The cache folder is {@code $COROLLA_CACHE}, else {@code .cache/corolla} at home; the device is the best there is. */
    public static KernelsOptions defaults() {
        String folder = System.getenv("COROLLA_CACHE");
        Path cache = folder == null || folder.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache", "corolla")
                : Path.of(folder);
        return new KernelsOptions(cache, DeviceChoice.AUTO, false);
    }

    /** The same on another device. */
    public KernelsOptions on(DeviceChoice other) {
        return new KernelsOptions(cacheFolder, other, fastProducts);
    }

    /** The same with or without {@link #fastProducts}. */
    public KernelsOptions withFastProducts(boolean wanted) {
        return new KernelsOptions(cacheFolder, device, wanted);
    }
}
