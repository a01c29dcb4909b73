package corolla.cli;

import corolla.base.RealEnvironment;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How many threads compute. */
final class ThreadsOption {
    @Option(
            names = "--threads",
            paramLabel = "N",
            description =
                    "How many threads compute. Default: one for each core; less where several servers share a machine.")
    private @Nullable Integer count;

    RealEnvironment start() {
        if (count == null) {
            return RealEnvironment.create();
        }
        if (count < 1 || count > 1024) {
            throw new UserException("--threads " + count + " is not within 1 to 1024");
        }
        return RealEnvironment.create(count);
    }
}
