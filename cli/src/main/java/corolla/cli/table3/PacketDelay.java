package corolla.cli.table3;

import corolla.base.time.Clock;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * A thread between TUN devices, one in each namespace, that hands every packet on after a constant time: a network with delay, for kernels
 * without netem. A packet never overtakes another. Rates are not its business. Thread-safe; its owner closes it.
 */
final class PacketDelay implements AutoCloseable {
    static final String DEVICE = "tun0";

    /** More than a device sends at once, with its Ethernet-like limit of 1500. */
    private static final int PACKET_BYTES_MAX = 2048;

    /** A gigabit a second for two tenths of it. */
    private static final int PACKETS_MAX = 1 << 14;

    private static final long IDLE_NANOS = 50_000_000;

    /** Then it is the others' turn. */
    private static final int TAKEN_AT_ONCE = 64;

    /** IPv4: the version in the first byte's upper half, the destination's last byte. */
    private static final int DESTINATION_END = 19;

    private final Clock clock;
    private final List<String> namespaceFiles;
    private final CountDownLatch started = new CountDownLatch(1);
    private final Thread thread;
    private volatile long delayNanos;
    private volatile boolean stopped;
    private volatile @Nullable Exception failure;

    // Used by the thread only, but read when it has ended.
    private long packets;
    private long dropped;
    private long lateNanos;

    private PacketDelay(Clock clock, List<String> namespaceFiles) {
        this.clock = clock;
        this.namespaceFiles = List.copyOf(namespaceFiles);
        this.thread = Thread.ofPlatform().name("packet delay").daemon().unstarted(this::run);
    }

    /**
     * Makes a device in each namespace and begins to carry packets between them.
     *
     * @param namespaceFiles the n-th of them is reached at an IPv4 address that ends with n, from 1 on
     */
    static PacketDelay start(Clock clock, List<String> namespaceFiles) throws IOException, InterruptedException {
        var delay = new PacketDelay(clock, namespaceFiles);
        delay.thread.start();
        delay.started.await();
        delay.check();
        return delay;
    }

    /** For packets that come from now on. */
    void set(long oneWayNanos) throws IOException {
        check();
        delayNanos = oneWayNanos;
    }

    private void check() throws IOException {
        Exception failed = failure;
        if (failed != null) {
            throw new IOException("the network between namespaces has failed: " + failed.getMessage(), failed);
        }
    }

    private void run() {
        try (Arena arena = Arena.ofConfined();
                LinuxCalls linux = new LinuxCalls()) {
            int[] tuns = new int[namespaceFiles.size()];
            int open = 0;
            try {
                for (; open < tuns.length; open++) {
                    tuns[open] = linux.openTun(namespaceFiles.get(open), DEVICE);
                }
                linux.hurry();
                started.countDown();
                carry(linux, tuns, arena.allocate((long) PACKETS_MAX * PACKET_BYTES_MAX));
            } finally {
                for (int i = 0; i < open; i++) {
                    linux.close(tuns[i]);
                }
            }
        } catch (IOException | RuntimeException | LinkageError e) {
            failure = e instanceof Exception exception ? exception : new IOException(e);
        } finally {
            started.countDown();
        }
    }

    private void carry(LinuxCalls linux, int[] tuns, MemorySegment places) throws IOException {
        var queue = new PacketQueue(PACKETS_MAX);
        MemorySegment list = linux.pollList(tuns);
        while (!stopped) {
            linux.await(list, queue.untilDue(clock.nanoTime(), IDLE_NANOS));
            for (int i = 0; i < tuns.length; i++) {
                if (LinuxCalls.isReady(list, i)) {
                    take(linux, tuns, tuns[i], queue, places);
                }
            }
            handOn(linux, queue, places);
        }
    }

    private void take(LinuxCalls linux, int[] tuns, int tun, PacketQueue queue, MemorySegment places) {
        for (int i = 0; i < TAKEN_AT_ONCE; i++) {
            int place = queue.free();
            if (place < 0) {
                dropped++; // not this packet: those that the device drops while we do not read
                return;
            }
            MemorySegment packet = place(places, place);
            int bytes = linux.read(tun, packet);
            if (bytes < 0) {
                return;
            }
            int target = bytes <= DESTINATION_END ? -1 : target(packet, tuns.length);
            if (target >= 0) {
                queue.add(clock.nanoTime() + delayNanos, tuns[target], bytes);
            }
        }
    }

    /** Which device an IPv4 packet goes to; -1 for what is not for any of them. */
    private static int target(MemorySegment packet, int devices) {
        boolean isIpv4 = packet.get(ValueLayout.JAVA_BYTE, 0) >> 4 == 4;
        int target = (packet.get(ValueLayout.JAVA_BYTE, DESTINATION_END) & 0xff) - 1;
        return isIpv4 && target < devices ? target : -1;
    }

    private void handOn(LinuxCalls linux, PacketQueue queue, MemorySegment places) {
        while (!queue.isEmpty()) {
            long late = queue.lateness(clock.nanoTime());
            if (late < 0) {
                return;
            }
            linux.write(queue.target(), place(places, queue.place()).asSlice(0, queue.bytes()));
            queue.remove();
            packets++;
            lateNanos += late;
        }
    }

    private static MemorySegment place(MemorySegment places, int index) {
        return places.asSlice((long) index * PACKET_BYTES_MAX, PACKET_BYTES_MAX);
    }

    /** How well it did; once it is closed. */
    String summary() {
        if (thread.isAlive()) {
            throw new IllegalStateException("packets are still carried");
        }
        return String.format(
                Locale.ROOT,
                "%,d packets were handed on, %.2f ms late on average; %s",
                packets,
                lateNanos / 1e6 / Math.max(1, packets),
                dropped == 0 ? "the queue was never full" : "the queue was full " + dropped + " times");
    }

    @Override
    public void close() {
        stopped = true;
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true; // it ends within its idle time
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
