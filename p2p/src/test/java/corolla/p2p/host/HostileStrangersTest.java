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
import corolla.testkit.SimulatedNode;
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

    @Test
    void thousandHalfOpenConnectionsShutNobodyOut() {
        SimulatedWorld.run(53, world -> {
            Environment environment = world.node("server").environment();
            try (Libp2pHost server = start(environment, world.node("server").host());
                    TaskScope strangers = world.tasks().open("strangers")) {
                server.handle("/echo", stream -> echo(stream, environment));
                Endpoint target = server.endpoints().getFirst();
                SimulatedNode attacker = world.node("attacker");
                for (int i = 0; i < 1000; i++) {
                    strangers.run("half-open " + i, () -> holdOpen(world, attacker, target));
                }
                world.clock().sleep(Duration.ofSeconds(1));
                connectAndExchange(world, world.node("client"), server);
                // Behind the same address it is a race while they keep coming, but not against those that only stay.
                world.clock().sleep(Duration.ofSeconds(10));
                connectAndExchange(world, attacker, server);
            }
        });
    }

    private static void connectAndExchange(SimulatedWorld world, SimulatedNode from, Libp2pHost server)
            throws IOException, InterruptedException {
        Environment environment = from.environment();
        var config = HostConfig.listening(Identity.generateEd25519(environment.randoms()));
        try (Libp2pHost client = Libp2pHost.start(environment, config)) {
            PeerId peer = client.connect(server.addresses().getFirst(), world.within(Duration.ofSeconds(10)));
            exchange(client, peer, world.within(Duration.ofSeconds(10)));
        }
    }

    /** Connects, says nothing, and comes again when it is put out. */
    private static void holdOpen(SimulatedWorld world, SimulatedNode from, Endpoint target)
            throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            Deadline deadline = world.within(Duration.ofMinutes(1));
            try (ByteStream raw = from.environment().transport().dial(target, deadline)) {
                byte[] some = new byte[1];
                while (raw.read(some, 0, 1, deadline) >= 0) {
                    world.note("the server speaks first");
                }
            } catch (IOException e) {
                world.note("put out");
            }
            world.clock().sleep(Duration.ofSeconds(1));
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
