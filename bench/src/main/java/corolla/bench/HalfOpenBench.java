package corolla.bench;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How long an honest peer takes to connect with a host while 1,000 others have connected and say nothing;
 * and what they cost. All from one address, the worst case. Run its main method; needs about 2,100 file descriptors.
 */
public final class HalfOpenBench {
    private static final int STRANGERS = 1000;
    private static final int CONNECTIONS = 50;

    private HalfOpenBench() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (RealEnvironment real = RealEnvironment.create(1)) {
            Environment environment = real.environment();
            try (Libp2pHost server = host(environment, "/ip4/127.0.0.1/tcp/0")) {
                connectTimes(environment, server); // warm up
                System.out.println("alone:            " + text(connectTimes(environment, server)));
                long heapBefore = heapBytes();
                List<ByteStream> strangers = new ArrayList<>();
                Endpoint target = server.addresses().getFirst().tcpEndpoint().orElseThrow();
                for (int i = 0; i < STRANGERS; i++) {
                    strangers.add(environment.transport().dial(target, soon(environment)));
                }
                System.out.println("1,000 half-open:  " + text(connectTimes(environment, server)));
                System.out.println("heap of both sides grew by " + (heapBytes() - heapBefore) / 1024 + " KiB");
                strangers.forEach(ByteStream::close);
            }
        }
    }

    private static Deadline soon(Environment environment) {
        return Deadline.after(environment.clock(), Duration.ofSeconds(20));
    }

    private static Libp2pHost host(Environment environment, String... listen) throws IOException {
        Multiaddr[] addresses = Arrays.stream(listen).map(Multiaddr::parse).toArray(Multiaddr[]::new);
        return Libp2pHost.start(
                environment, HostConfig.listening(Identity.generateEd25519(environment.randoms()), addresses));
    }

    /** In milliseconds, sorted. */
    private static double[] connectTimes(Environment environment, Libp2pHost server)
            throws IOException, InterruptedException {
        double[] times = new double[CONNECTIONS];
        for (int i = 0; i < CONNECTIONS; i++) {
            try (Libp2pHost client = host(environment)) {
                long start = environment.clock().nanoTime();
                client.connect(server.addresses().getFirst(), soon(environment));
                times[i] = (environment.clock().nanoTime() - start) / 1e6;
            }
        }
        Arrays.sort(times);
        return times;
    }

    private static String text(double[] times) {
        return "connected in %.1f ms (median), %.1f ms (worst of %d)"
                .formatted(times[times.length / 2], times[times.length - 1], times.length);
    }

    private static long heapBytes() {
        Runtime runtime = Runtime.getRuntime();
        System.gc(); // a figure, not a test
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
