package corolla.cli;

import corolla.base.Environment;
import corolla.base.transport.CappedTransport;
import corolla.server.ServerConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How much of a machine a server may take, and how it leaves. */
final class HostOptions {
    private static final double MEGABIT = 1e6;

    @Option(
            names = "--max-bandwidth",
            paramLabel = "MBIT",
            description = "Send, and receive, no more than so many Mbit/s, all connections together. Default: no cap.")
    private @Nullable Double bandwidthMegabits;

    @Option(
            names = "--max-memory",
            paramLabel = "SIZE",
            description =
                    "Hold as many blocks as fit, with their sessions' keys and values and what calls need, as 6GB or 4GiB; the JVM"
                            + " itself takes some 200 MB beside. Default: as --num-blocks says; with a GPU no more than fit into what is free of"
                            + " its memory.")
    private @Nullable String memoryMax;

    @Option(
            names = "--network-mbps",
            paramLabel = "MBIT",
            description = "What the network carries, in Mbit/s. Default: measured, with nodes of the swarm.")
    private @Nullable Double networkMegabits;

    @Option(
            names = "--drain-timeout",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description =
                    "What sessions get to go elsewhere when the server is told to stop, or paused. A second signal ends it"
                            + " at once. Default: ${DEFAULT-VALUE}.")
    private double drainSeconds;

    @Option(
            names = "--stay",
            description = "Stay with the blocks that were chosen first. Default: move where the swarm needs it.")
    private boolean stays;

    Duration drain() {
        if (!(drainSeconds >= 0) || drainSeconds > 86_400) {
            throw new UserException("--drain-timeout " + drainSeconds + " is not within 0 to 86400 seconds");
        }
        return Sizes.ofSeconds(drainSeconds);
    }

    /** An environment whose network keeps the cap. */
    Environment capped(Environment environment) {
        if (bandwidthMegabits == null) {
            return environment;
        }
        try {
            return environment.withTransport(
                    new CappedTransport(environment.transport(), environment.clock(), bandwidthMegabits * MEGABIT));
        } catch (IllegalArgumentException e) {
            throw new UserException("--max-bandwidth: " + e.getMessage(), e);
        }
    }

    /** Whether the number of blocks follows from memory, where none is given. */
    boolean limitsMemory() {
        return memoryMax != null;
    }

    void choose(ServerConfig.Builder config) {
        config.movable(!stays);
        if (networkMegabits != null) {
            config.networkMegabits(networkMegabits);
        }
        if (memoryMax != null) {
            config.memoryBytesMax(bytes(memoryMax));
        }
    }

    private static long bytes(String text) {
        try {
            return Sizes.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UserException("--max-memory: " + e.getMessage(), e);
        }
    }
}
