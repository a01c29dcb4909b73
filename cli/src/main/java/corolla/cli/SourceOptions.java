package corolla.cli;

import corolla.model.source.SourceConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which version of a model, and where what is fetched is kept. */
final class SourceOptions {
    @Option(
            names = "--revision",
            paramLabel = "REVISION",
            description = "Branch, tag or commit of a Hugging Face id; the same as org/name@REVISION. Default: main.")
    @Nullable
    private String revision;

    @Option(
            names = "--cache-dir",
            paramLabel = "FOLDER",
            description = "Where fetched models are kept. Default: $COROLLA_CACHE, or ~/.cache/corolla.")
    @Nullable
    private Path cache;

    @Option(
            names = "--max-disk-space",
            paramLabel = "SIZE",
            description =
                    "How much fetched models may take together, as 300GB or 50GiB. What was not used for longest goes first, what is in"
                            + " use stays. Default: as much as the disk has, but 1 GiB.")
    @Nullable
    private String diskSpaceMax;

    /** From the environment, and from these options. */
    SourceConfig config() {
        SourceConfig config = SourceConfig.fromEnvironment(System.getenv());
        if (cache != null) {
            config = config.withCache(cache);
        }
        return diskSpaceMax == null ? config : config.withCacheBytesMax(bytes(diskSpaceMax));
    }

    private static long bytes(String text) {
        try {
            return Sizes.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UserException("--max-disk-space: " + e.getMessage(), e);
        }
    }

    /** For another model with the same cache: its revision stands in its name. */
    SourceOptions withoutRevision() {
        var other = new SourceOptions();
        other.cache = cache;
        other.diskSpaceMax = diskSpaceMax;
        return other;
    }

    /** What to look for, with its revision. */
    String model(String model) {
        if (revision == null) {
            return model;
        }
        if (model.contains("@") || !model.matches("[\\w.-]+/[\\w.:/-]+")) {
            throw new UserException("--revision goes with a Hugging Face id without one (org/name), not with " + model);
        }
        return model + "@" + revision;
    }
}
