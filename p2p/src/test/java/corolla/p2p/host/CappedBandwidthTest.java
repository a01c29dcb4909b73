package corolla.p2p.host;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.transport.CappedTransport;
import corolla.p2p.Host;
import corolla.p2p.Stream;
import corolla.p2p.identity.Identity;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Hosts whose transport is capped, in virtual time. */
class CappedBandwidthTest {
    private static final Multiaddr LISTEN = Multiaddr.parse("/ip4/0.0.0.0/tcp/4001");
    private static final double CAP = 2_000_000; // bit/s
    private static final int BYTES = 1_000_000;
    private static final double SECONDS = BYTES * 8 / CAP;

    private static Environment capped(Environment environment) {
        return environment.withTransport(new CappedTransport(environment.transport(), environment.clock(), CAP));
    }

    private static Host host(Environment environment) throws IOException {
        Identity identity = Identity.generateEd25519(environment.randoms());
        Host host = Libp2pHost.start(environment, HostConfig.listening(identity, LISTEN));
        host.handle("/sink", stream -> {
            byte[] bytes = new byte[65_536];
            Deadline deadline = Deadline.after(environment.clock(), Duration.ofMinutes(10));
            while (stream.read(bytes, 0, bytes.length, deadline) >= 0) {
                // until all have come
            }
            stream.write(new byte[1], 0, 1, deadline);
            stream.closeWrite();
        });
        return host;
    }

    /** Sends bytes, waits until all have come, and tells how many seconds that took. */
    private static double send(SimulatedWorld world, Host from, Host to, int bytes)
            throws IOException, InterruptedException {
        Deadline deadline = world.within(Duration.ofMinutes(10));
        try (Stream stream = from.open(to.peerId(), "/sink", deadline)) {
            long start = world.clock().nanoTime();
            stream.write(new byte[bytes], 0, bytes, deadline);
            stream.closeWrite();
            assertThat(stream.read(new byte[1], 0, 1, deadline)).isEqualTo(1);
            return (world.clock().nanoTime() - start) * 1e-9;
        }
    }

    @Test
    void allStreamsOfASendersConnectionsTogetherKeepTheCap() {
        SimulatedWorld.run(1, world -> {
            Host one = host(world.node("one").environment());
            Host two = host(world.node("two").environment());
            Host sender = host(capped(world.node("sender").environment()));
            for (Host each : List.of(one, two)) {
                sender.connect(each.addresses().getFirst(), world.within(Duration.ofSeconds(10)));
            }
            assertThat(send(world, sender, one, BYTES)).isBetween(0.95 * SECONDS, 1.2 * SECONDS);
            try (TaskScope scope = world.tasks().open("both")) {
                List<Task<@Nullable Double>> both = new ArrayList<>();
                for (Host each : List.of(one, two)) {
                    both.add(scope.fork("send", () -> send(world, sender, each, BYTES)));
                }
                for (Task<@Nullable Double> each : both) {
                    assertThat(each.await(world.within(Duration.ofMinutes(10))))
                            .as("fair shares")
                            .isBetween(1.7 * SECONDS, 2.3 * SECONDS);
                }
            }
        });
    }

    @Test
    void aReceiverSlowsItsSendersDown() {
        SimulatedWorld.run(2, world -> {
            Host receiver = host(capped(world.node("receiver").environment()));
            Host sender = host(world.node("sender").environment());
            sender.connect(receiver.addresses().getFirst(), world.within(Duration.ofSeconds(10)));
            assertThat(send(world, sender, receiver, BYTES)).isBetween(0.9 * SECONDS, 1.2 * SECONDS);
        });
    }

    @Test
    void aSmallMessageDoesNotWaitBehindALargeOne() {
        SimulatedWorld.run(3, world -> {
            Host one = host(world.node("one").environment());
            Host two = host(world.node("two").environment());
            Host sender = host(capped(world.node("sender").environment()));
            for (Host each : List.of(one, two)) {
                sender.connect(each.addresses().getFirst(), world.within(Duration.ofSeconds(10)));
            }
            try (TaskScope scope = world.tasks().open("large")) {
                scope.fork("large", () -> send(world, sender, one, 10 * BYTES));
                world.clock().sleep(Duration.ofSeconds(5));
                assertThat(send(world, sender, two, 2000)).isLessThan(1);
            }
        });
    }
}
