package corolla.p2p.host;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.identity.Identity;
import corolla.p2p.multistream.Multistream;
import corolla.p2p.testing.GoldenJson;
import corolla.p2p.testing.Mutations;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Strangers who send garbage, stop in the middle, or say nothing, beside an honest peer who must not notice. */
@Timeout(120)
class HostileStrangersTest {
    private static final byte[] GOOD = Mutations.join(
            Multistream.proposal("/noise"),
            GoldenJson.concat(GoldenJson.load("wire/noise_responder_transcript.json")
                    .at("p2pd_sent")
                    .hexes("noise_handshake_frames_hex")));

    @Test
    void honestPeerIsServedBesideThem() {
        SimulatedWorld.run(51, world -> {
            Environment environment = world.node("server").environment();
            try (Libp2pHost server = start(environment, world.node("server").host());
                    Libp2pHost client = start(
                            world.node("client").environment(),
                            world.node("client").host());
                    TaskScope strangers = world.tasks().open("strangers")) {
                server.handle("/echo", stream -> echo(stream, environment));
                Mutations mutations = new Mutations(52);
                Endpoint target = server.endpoints().getFirst();
                for (int i = 0; i < 40; i++) {
                    byte[] attack = mutations.mutate(GOOD);
                    boolean staysSilent = i % 4 == 0;
                    strangers.run("stranger " + i, () -> attack(world, target, attack, staysSilent));
                }
                PeerId peer = client.connect(server.addresses().getFirst(), world.within(Duration.ofSeconds(20)));
                for (int i = 0; i < 60; i++) {
                    exchange(client, peer, world.within(Duration.ofSeconds(20)));
                    world.clock().sleep(Duration.ofSeconds(1));
                }
                assertThat(server.connectedPeers()).containsExactly(client.peerId());
            }
        });
    }

    /** Half of a /16 sends nothing, a thousand times; the eldest of them make room. */
    @Test
    void honestPeerGetsInPastAThousandHalfOpenConnections() {
        SimulatedWorld.run(53, world -> {
            Environment environment = world.node("server").environment();
            try (Libp2pHost server = start(environment, world.node("server").host());
                    Libp2pHost client = start(
                            world.node("client").environment(),
                            world.node("client").host());
                    TaskScope strangers = world.tasks().open("strangers")) {
                server.handle("/echo", stream -> echo(stream, environment));
                Endpoint target = server.endpoints().getFirst();
                int[] open = new int[1];
                for (int i = 0; i < 1000; i++) {
                    Environment from = world.node("mallory" + i % 20).environment();
                    strangers.run("stranger " + i, () -> holdOpen(from, target, open));
                }
                world.clock().sleep(Duration.ofSeconds(2));
                assertThat(open[0]).as("half-open now").isBetween(200, 256);
                PeerId peer = client.connect(server.addresses().getFirst(), world.within(Duration.ofSeconds(2)));
                exchange(client, peer, world.within(Duration.ofSeconds(2)));
                world.clock().sleep(Duration.ofSeconds(20));
                assertThat(open[0]).as("shown the door").isZero();
                assertThat(server.connectedPeers()).containsExactly(client.peerId());
            }
        });
    }

    private static void holdOpen(Environment from, Endpoint target, int[] open) throws InterruptedException {
        Deadline deadline = Deadline.after(from.clock(), Duration.ofMinutes(2));
        try (ByteStream raw = from.transport().dial(target, deadline)) {
            open[0]++;
            try {
                while (raw.read(new byte[100], 0, 100, deadline) >= 0) {}
            } finally {
                open[0]--;
            }
        } catch (IOException e) {
            assertThat(e).isNotInstanceOf(corolla.base.time.DeadlineException.class);
        }
    }

    private static Libp2pHost start(Environment environment, String address) throws IOException {
        Identity identity = Identity.generateEd25519(environment.randoms());
        return Libp2pHost.start(
                environment, HostConfig.listening(identity, Multiaddr.parse("/ip4/" + address + "/tcp/4001")));
    }

    private static void echo(Stream stream, Environment environment) throws IOException, InterruptedException {
        byte[] bytes = new byte[1000];
        Deadline deadline = Deadline.after(environment.clock(), Duration.ofSeconds(20));
        for (int count; (count = stream.read(bytes, 0, bytes.length, deadline)) >= 0; ) {
            stream.write(bytes, 0, count, deadline);
        }
    }

    private static void exchange(Libp2pHost client, PeerId peer, Deadline deadline)
            throws IOException, InterruptedException {
        try (Stream stream = client.open(peer, "/echo", deadline)) {
            stream.write(new byte[] {5}, 0, 1, deadline);
            byte[] one = new byte[1];
            assertThat(stream.read(one, 0, 1, deadline)).isEqualTo(1);
            assertThat(one).containsExactly(5);
        }
    }

    private static void attack(SimulatedWorld world, Endpoint target, byte[] attack, boolean staysSilent)
            throws InterruptedException {
        Deadline deadline = world.within(Duration.ofMinutes(2));
        try (ByteStream raw = world.environment().transport().dial(target, deadline)) {
            for (byte[] part : List.of(attack, attack, attack)) {
                raw.write(part, 0, part.length, deadline);
                if (staysSilent) {
                    break;
                }
            }
            byte[] some = new byte[1000];
            while (raw.read(some, 0, some.length, deadline) >= 0) {
                world.note("the server answers a stranger");
            }
        } catch (IOException e) {
            world.note("stranger was shown the door");
        }
    }
}
