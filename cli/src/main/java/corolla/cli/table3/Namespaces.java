package corolla.cli.table3;

import corolla.base.time.Clock;
import corolla.cli.process.Programs;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A network namespace for each node, with a TUN device whose rate {@code tc} limits and whose packets {@link PacketDelay} carries. Linux, root,
 * {@code ip} and {@code tc}. Confined to the command's thread; removes on closing what it has made.
 */
final class Namespaces implements TestNetwork {
    private static final System.Logger LOG = System.getLogger(Namespaces.class.getName());
    private static final String SUBNET = "10.79.0.";

    /** What a rate of 100 Mbit/s and a round trip of 100 ms have on their way. */
    private static final String QUEUE = "100ms";

    private static final Path FOLDER = Path.of("/run/netns");

    private final List<String> names = new ArrayList<>();
    private @Nullable PacketDelay delay;

    private Namespaces() {}

    /** Why there can be none here; empty when there can. */
    static Optional<String> obstacle() throws IOException {
        if (!System.getProperty("os.name").equals("Linux")) {
            return Optional.of("network namespaces are Linux's");
        }
        if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
            return Optional.of("making network namespaces needs root");
        }
        for (String tool : List.of("ip", "tc")) {
            if (!Programs.exists(tool)) {
                return Optional.of("there is no " + tool + " (package iproute2)");
            }
        }
        return Files.exists(Path.of("/dev/net/tun")) ? Optional.empty() : Optional.of("there is no /dev/net/tun");
    }

    /** @param nodes how many */
    static Namespaces start(int nodes, Clock clock) throws IOException, InterruptedException {
        var namespaces = new Namespaces();
        boolean done = false;
        try {
            namespaces.make(nodes, clock);
            done = true;
            return namespaces;
        } finally {
            if (!done) {
                namespaces.close();
            }
        }
    }

    private void make(int nodes, Clock clock) throws IOException, InterruptedException {
        for (int i = 0; i < nodes; i++) {
            String name = "corolla-" + ProcessHandle.current().pid() + "-" + i;
            names.add(name);
            Programs.run("ip", "netns", "add", name);
        }
        List<String> files =
                names.stream().map(name -> FOLDER.resolve(name).toString()).toList();
        delay = PacketDelay.start(clock, files);
        for (int i = 0; i < nodes; i++) {
            String name = names.get(i);
            Programs.run("ip", "-n", name, "address", "add", address(i) + "/24", "dev", PacketDelay.DEVICE);
            Programs.run("ip", "-n", name, "link", "set", PacketDelay.DEVICE, "up");
            Programs.run("ip", "-n", name, "link", "set", "lo", "up");
        }
    }

    @Override
    public List<NetworkSetting> settings() {
        return NetworkSetting.TABLE;
    }

    @Override
    public void set(NetworkSetting setting) throws IOException, InterruptedException {
        long bits = Math.round(setting.bitsPerSecond());
        for (String name : names) {
            Programs.run(
                    "ip",
                    "netns",
                    "exec",
                    name,
                    "tc",
                    "qdisc",
                    "replace",
                    "dev",
                    PacketDelay.DEVICE,
                    "root",
                    "tbf",
                    "rate",
                    bits + "bit",
                    "burst",
                    burst(bits),
                    "latency",
                    QUEUE);
        }
        if (delay != null) {
            delay.set(setting.oneWay().toNanos());
        }
    }

    /** What may leave at once: a millisecond's bytes at least, for timers are not finer everywhere. */
    private static String burst(long bitsPerSecond) {
        long milliseconds = bitsPerSecond / Byte.SIZE / Duration.ofSeconds(1).toMillis();
        return Math.max(32 << 10, milliseconds) + "b";
    }

    @Override
    public String address(int node) {
        return SUBNET + (node + 1);
    }

    @Override
    public List<String> on(int node, List<String> command) {
        List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", names.get(node)));
        inside.addAll(command);
        return inside;
    }

    @Override
    public String remark() {
        return "Each node has a namespace of its own, its sending is limited by tc's token bucket, and a thread of this command hands packets on: "
                + (delay == null ? "" : delay.summary() + ".");
    }

    /** Removes all, even when this thread is interrupted. */
    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        if (delay != null) {
            delay.close();
        }
        for (String name : names) {
            try {
                if (Files.exists(FOLDER.resolve(name))) {
                    Programs.run("ip", "netns", "del", name);
                }
            } catch (IOException e) {
                LOG.log(Level.WARNING, "namespace " + name + " is left: ip netns del " + name + " removes it", e);
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        names.clear();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
