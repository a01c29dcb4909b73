package corolla.bench;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;

/**
 * How fast two hosts talk over loopback, in one process: round trips on one stream, round trips with a stream each (a unary RPC), and
 * bytes per second of one large message. {@code java … corolla.bench.P2pBench [seconds per measurement]}
 */
public final class P2pBench {
    private static final Multiaddr LOOPBACK = Multiaddr.parse("/ip4/127.0.0.1/tcp/0");
    private static final int[] SIZES = {64, 1024, 16 * 1024};
    private static final int BULK_BYTES = 256 << 20;

    private final Environment environment;
    private final PrintStream out;
    private final Duration time;

    private P2pBench(Environment environment, PrintStream out, Duration time) {
        this.environment = environment;
        this.out = out;
        this.time = time;
    }

    public static void main(String[] args) throws Exception {
        Duration time = Duration.ofSeconds(args.length > 0 ? Integer.parseInt(args[0]) : 3);
        try (RealEnvironment real = RealEnvironment.create(1)) {
            new P2pBench(real.environment(), System.out, time).run();
        }
    }

    private void run() throws IOException, InterruptedException {
        try (Libp2pHost server = host();
                Libp2pHost client = host()) {
            server.handle("/echo", this::echo);
            server.handle("/sink", this::sink);
            PeerId peer = client.connect(server.addresses().getFirst(), soon());
            while (!client.protocolsOf(peer).contains("/sink")) {
                environment.clock().sleep(Duration.ofMillis(10));
            }
            for (int size : SIZES) {
                report("same stream, " + size + " bytes", sameStream(client, peer, size));
                report("new stream,  " + size + " bytes", newStreams(client, peer, size));
            }
            for (int i = 0; i < 3; i++) {
                bulk(client, peer);
            }
        }
    }

    private Libp2pHost host() throws IOException {
        Identity identity = Identity.generateEd25519(environment.randoms());
        return Libp2pHost.start(environment, HostConfig.listening(identity, LOOPBACK));
    }

    private Deadline soon() {
        return Deadline.after(environment.clock(), Duration.ofSeconds(60));
    }

    private void echo(Stream stream) throws IOException, InterruptedException {
        byte[] bytes = new byte[64 * 1024];
        for (int count; (count = stream.read(bytes, 0, bytes.length, soon())) >= 0; ) {
            stream.write(bytes, 0, count, soon());
        }
    }

    private void sink(Stream stream) throws IOException, InterruptedException {
        byte[] bytes = new byte[64 * 1024];
        long total = 0;
        while (total < BULK_BYTES) {
            total += stream.read(bytes, 0, bytes.length, soon());
        }
        stream.write(new byte[] {1}, 0, 1, soon());
    }

    private static void readFully(Stream stream, byte[] into, Deadline deadline)
            throws IOException, InterruptedException {
        for (int at = 0; at < into.length; ) {
            at += stream.read(into, at, into.length - at, deadline);
        }
    }

    /** One round trip. */
    private interface Exchange {
        void once() throws IOException, InterruptedException;
    }

    private long[] sameStream(Host client, PeerId peer, int size) throws IOException, InterruptedException {
        byte[] request = new byte[size];
        byte[] answer = new byte[size];
        try (Stream stream = client.open(peer, "/echo", soon())) {
            return measure(() -> {
                stream.write(request, 0, size, soon());
                readFully(stream, answer, soon());
            });
        }
    }

    private long[] newStreams(Host client, PeerId peer, int size) throws IOException, InterruptedException {
        byte[] request = new byte[size];
        byte[] answer = new byte[size];
        return measure(() -> {
            try (Stream stream = client.open(peer, "/echo", soon())) {
                stream.write(request, 0, size, soon());
                readFully(stream, answer, soon());
            }
        });
    }

    private long[] measure(Exchange exchange) throws IOException, InterruptedException {
        long[] nanos = new long[1_000_000];
        int count = 0;
        Deadline warm = Deadline.after(environment.clock(), time.dividedBy(2));
        while (!warm.isOver(environment.clock())) {
            exchange.once();
        }
        Deadline end = Deadline.after(environment.clock(), time);
        while (count < nanos.length && !end.isOver(environment.clock())) {
            long start = environment.clock().nanoTime();
            exchange.once();
            nanos[count++] = environment.clock().nanoTime() - start;
        }
        long[] sorted = Arrays.copyOf(nanos, count);
        Arrays.sort(sorted);
        return sorted;
    }

    private void report(String what, long[] sorted) {
        out.printf(
                "%-28s p50 %6.1f us   p90 %6.1f us   p99 %7.1f us   (%d)%n",
                what,
                sorted[sorted.length / 2] / 1e3,
                sorted[sorted.length * 9 / 10] / 1e3,
                sorted[(int) (sorted.length * 99L / 100)] / 1e3,
                sorted.length);
    }

    private void bulk(Host client, PeerId peer) throws IOException, InterruptedException {
        byte[] bytes = new byte[BULK_BYTES];
        long start = environment.clock().nanoTime();
        try (Stream stream = client.open(peer, "/sink", soon())) {
            stream.write(bytes, 0, bytes.length, soon());
            stream.read(new byte[1], 0, 1, soon());
        }
        double seconds = (environment.clock().nanoTime() - start) / 1e9;
        out.printf("one message of %d MiB: %.0f MB/s%n", BULK_BYTES >> 20, BULK_BYTES / 1e6 / seconds);
    }
}
