package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcLimits;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Two hosts talk over Noise and yamux in virtual time. */
class HostSimulationTest {
    private static final Multiaddr LISTEN = Multiaddr.parse("/ip4/0.0.0.0/tcp/4001");

    private record Peer(Libp2pHost host, Rpc rpc) {
        static Peer start(Environment environment) throws IOException {
            Identity identity = Identity.generateEd25519(environment.randoms());
            Libp2pHost host = Libp2pHost.start(environment, HostConfig.listening(identity, LISTEN));
            return new Peer(host, new Rpc(environment, host, RpcLimits.defaults()));
        }

        void close() {
            rpc.close();
            host.close();
        }
    }

    @Test
    void callsReplayToTheLastByte() {
        Set<Long> traces = new LinkedHashSet<>();
        for (long seed = 1; seed <= 3; seed++) {
            traces.add(SimulatedWorld.assertReplays(seed, 3, HostSimulationTest::callOneHundredTimes)
                    .trace());
        }
        assertThat(traces).hasSize(3);
    }

    private static void callOneHundredTimes(SimulatedWorld world) throws IOException, InterruptedException {
        Peer server = Peer.start(world.node("server").environment());
        Peer client = Peer.start(world.node("client").environment());
        server.rpc.handleUnary("reverse", (_, request) -> reversed(request));
        client.host.connect(server.host.addresses().getFirst(), world.within(Duration.ofSeconds(10)));
        for (int i = 1; i <= 100; i++) {
            byte[] request = new byte[i * 100];
            world.randoms().stream("request").nextBytes(request);
            byte[] answer = client.rpc.callUnary(
                    server.host.peerId(), "reverse", request, world.within(Duration.ofSeconds(10)));
            assertThat(answer).isEqualTo(reversed(request));
        }
        client.close();
        server.close();
    }

    @Test
    void aCallToAHostThatCrashesFailsSoonAndOneThatFallsSilentFailsAtItsDeadline() {
        for (long seed = 1; seed <= 5; seed++) {
            SimulatedWorld.run(seed, world -> {
                SimulatedNode machine = world.node("server");
                Peer server = Peer.start(machine.environment());
                SimulatedNode home = world.node("client");
                Peer client = Peer.start(home.environment());
                server.rpc.handleUnary("never", (_, _) -> {
                    machine.environment().clock().sleep(Duration.ofDays(1));
                    return new byte[0];
                });
                client.host.connect(server.host.addresses().getFirst(), world.within(Duration.ofSeconds(10)));

                var call = world.tasks()
                        .open("call")
                        .run(
                                "call",
                                () -> client.rpc.callUnary(
                                        server.host.peerId(), "never", new byte[1], world.within(Duration.ofHours(1))));
                world.clock().sleep(Duration.ofSeconds(5));
                long crash = world.clock().nanoTime();
                machine.crash();
                assertThatThrownBy(() -> call.await(world.within(Duration.ofSeconds(30))))
                        .isInstanceOf(IOException.class)
                        .isNotInstanceOf(corolla.base.time.DeadlineException.class);
                assertThat(world.clock().nanoTime() - crash)
                        .isLessThan(Duration.ofSeconds(2).toNanos());

                Peer again = Peer.start(machine.restart());
                client.host.connect(again.host.addresses().getFirst(), world.within(Duration.ofSeconds(10)));
                world.network().cut(machine, home);
                long start = world.clock().nanoTime();
                assertThatThrownBy(() -> client.rpc.callUnary(
                                again.host.peerId(), "none", new byte[1], world.within(Duration.ofSeconds(7))))
                        .isInstanceOf(IOException.class);
                assertThat(world.clock().nanoTime() - start)
                        .isLessThan(Duration.ofSeconds(8).toNanos());
                world.network().mend();
                again.close();
                client.close();
            });
        }
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        return reversed;
    }
}
