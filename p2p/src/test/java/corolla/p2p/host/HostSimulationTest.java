package corolla.p2p.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.time.DeadlineException;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.StreamResetException;
import corolla.p2p.identity.Identity;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The contract in virtual time over a bad network, and what only virtual time lets a test wait for. */
@Timeout(120)
class HostSimulationTest extends HostContract {
    private static final AtomicInteger SEEDS = new AtomicInteger(100);

    private interface SimulatedStory {
        void tell(SimulatedWorld simulation, World world) throws Exception;
    }

    @Override
    void inWorld(Story story) throws Exception {
        simulate(SEEDS.incrementAndGet(), (simulation, world) -> story.tell(world));
    }

    private static SimulatedWorld.Outcome simulate(long seed, SimulatedStory story) {
        return SimulatedWorld.run(seed, simulation -> story.tell(simulation, world(simulation)));
    }

    private static World world(SimulatedWorld simulation) {
        SimulatedNode server = simulation.node("server");
        SimulatedNode client = simulation.node("client");
        return new World(
                server.environment(),
                "/ip4/" + server.host() + "/tcp/4001",
                client.environment(),
                "/ip4/" + client.host() + "/tcp/4001");
    }

    @Test
    void oneSeedGivesOneRun() {
        SimulatedWorld.assertReplays(7, 3, simulation -> {
            World world = world(simulation);
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                server.handle("/echo", world::echo);
                PeerId peer = world.connect(client, server);
                for (int i = 0; i < 5; i++) {
                    try (Stream stream = client.open(peer, "/echo", world.soon())) {
                        stream.write(new byte[50_000], 0, 50_000, world.soon());
                        stream.read(new byte[50_000], 0, 50_000, world.soon());
                    }
                }
            }
        });
    }

    @Test
    void silentPeerIsFoundDeadByItsPings() {
        simulate(1, (simulation, world) -> {
            Libp2pHost server = world.startServer();
            try (Libp2pHost client = world.startClient()) {
                world.connect(client, server);
                simulation.network().cut(simulation.node("server"), simulation.node("client"));
                world.client().clock().sleep(Duration.ofSeconds(20));
                assertThat(client.connectedPeers()).as("one ping may be late").hasSize(1);
                world.client().clock().sleep(Duration.ofSeconds(10));
                assertThat(client.connectedPeers()).isEmpty();
            }
        });
    }

    @Test
    void silentConnectionIsDoubtedUntilItIsHeardAgain() {
        simulate(9, (simulation, world) -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                server.handle("/echo", world::echo);
                PeerId peer = world.connect(client, server);
                Connection first = client.connectionsFor(peer).getFirst();
                world.client().clock().sleep(Duration.ofSeconds(1));
                client.doubt(peer, Duration.ofHours(1));
                assertThat(first.isDoubted()).as("it was heard within the hour").isFalse();
                client.doubt(peer, Duration.ofMillis(500));
                client.open(peer, "/echo", world.soon()).close();
                assertThat(client.connectionsFor(peer)).hasSize(2);
                world.client().clock().sleep(Duration.ofSeconds(16)); // each connection is asked for a sign of life
                assertThat(first.isDoubted()).isFalse();
                client.open(peer, "/echo", world.soon()).close();
                assertThat(client.connectionsFor(peer)).hasSize(2);
            }
        });
    }

    @Test
    void searchThatDidNotHelpIsNotRepeatedAtOnce() {
        simulate(12, (simulation, world) -> {
            try (Libp2pHost client = world.startClient()) {
                PeerId nobody =
                        Identity.generateEd25519(world.client().randoms()).peerId();
                AtomicInteger searches = new AtomicInteger();
                client.setPeerRouting((peer, deadline) -> {
                    searches.incrementAndGet();
                    return List.of();
                });
                for (int i = 0; i < 3; i++) {
                    assertThatThrownBy(() -> client.open(nobody, "/echo", world.soon()))
                            .isInstanceOf(IOException.class);
                }
                assertThat(searches).hasValue(1);
                world.client().clock().sleep(Duration.ofSeconds(5));
                assertThatThrownBy(() -> client.open(nobody, "/echo", world.soon()))
                        .isInstanceOf(IOException.class);
                assertThat(searches).hasValue(2);
            }
        });
    }

    @Test
    void connectionsThatAreAllSilentAreFew() {
        simulate(10, (simulation, world) -> {
            Libp2pHost server = world.startServer();
            try (Libp2pHost client = world.startClient()) {
                server.handle("/echo", world::echo);
                PeerId peer = world.connect(client, server);
                for (int i = 0; i < 5; i++) {
                    world.client().clock().sleep(Duration.ofSeconds(1));
                    client.doubt(peer, Duration.ofMillis(500));
                    client.open(peer, "/echo", world.soon()).close();
                }
                assertThat(client.connectionsFor(peer)).hasSize(3);
            } finally {
                server.close();
            }
        });
    }

    @Test
    void doubtedConnectionIsBetterThanNone() {
        simulate(11, (simulation, world) -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                server.handle("/echo", world::echo);
                PeerId peer = world.connect(client, server);
                world.client().clock().sleep(Duration.ofSeconds(1));
                simulation.network().refuseInbound(simulation.node("server"));
                client.doubt(peer, Duration.ofMillis(500));
                try (Stream stream = client.open(peer, "/echo", world.soon())) {
                    stream.write(new byte[1], 0, 1, world.soon());
                    assertThat(stream.read(new byte[1], 0, 1, world.soon())).isEqualTo(1);
                }
            }
        });
    }

    @Test
    void idleConnectionStaysForHours() {
        simulate(2, (simulation, world) -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                PeerId peer = world.connect(client, server);
                world.client().clock().sleep(Duration.ofHours(5));
                assertThat(client.connectedPeers()).containsExactly(peer);
            }
        });
    }

    @Test
    void writerGivesUpOnARemoteThatHasEndedItsDirection() {
        simulate(3, (simulation, world) -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                server.handle("/leave", stream -> {
                    stream.closeWrite();
                    world.server().clock().sleep(Duration.ofMinutes(10));
                });
                PeerId peer = world.connect(client, server);
                try (Stream stream = client.open(peer, "/leave", world.soon())) {
                    byte[] much = new byte[1 << 20];
                    long start = world.client().clock().nanoTime();
                    assertThatThrownBy(() -> stream.write(much, 0, much.length, simulation.within(Duration.ofHours(1))))
                            .isInstanceOf(DeadlineException.class)
                            .hasMessageContaining("has ended its own direction");
                    assertThat(world.client().clock().nanoTime() - start)
                            .isBetween(
                                    Duration.ofSeconds(5).toNanos(),
                                    Duration.ofSeconds(7).toNanos());
                }
            }
        });
    }

    @Test
    void crashedServerIsFoundAgainAfterItsRestart() {
        simulate(4, (simulation, world) -> {
            SimulatedNode machine = simulation.node("server");
            var identity =
                    corolla.p2p.identity.Identity.generateEd25519(world.server().randoms());
            var address = corolla.base.multiformat.Multiaddr.parse(world.serverAddress());
            Libp2pHost first = Libp2pHost.start(world.server(), HostConfig.listening(identity, address));
            first.handle("/echo", world::echo);
            try (Libp2pHost client = world.startClient()) {
                PeerId peer = world.connect(client, first);
                machine.crash();
                world.await("disconnection", () -> client.connectedPeers().isEmpty());
                assertThatThrownBy(() -> client.open(peer, "/echo", world.soon()))
                        .isInstanceOf(IOException.class);
                Libp2pHost second = Libp2pHost.start(machine.restart(), HostConfig.listening(identity, address));
                second.handle("/echo", world::echo);
                assertThatThrownBy(() -> client.open(peer, "/echo", world.soon()))
                        .as("still left alone")
                        .hasMessageContaining("not tried again for");
                client.retry(peer);
                client.open(peer, "/echo", world.soon()).close();
                client.disconnect(peer);
                machine.crash();
                world.await("disconnection", () -> client.connectedPeers().isEmpty());
                assertThatThrownBy(() -> client.open(peer, "/echo", world.soon()))
                        .isInstanceOf(IOException.class);
                second = Libp2pHost.start(machine.restart(), HostConfig.listening(identity, address));
                second.handle("/echo", world::echo);
                world.client().clock().sleep(Duration.ofSeconds(6));
                try (Stream stream = client.open(peer, "/echo", world.soon())) {
                    stream.write(new byte[1], 0, 1, world.soon());
                    assertThat(stream.read(new byte[1], 0, 1, world.soon())).isEqualTo(1);
                }
                second.close();
            }
        });
    }

    @Test
    void strangerWhoSaysNothingIsShownTheDoor() {
        simulate(5, (simulation, world) -> {
            try (Libp2pHost server = world.startServer()) {
                var endpoint = server.endpoints().getFirst();
                try (var raw = world.client().transport().dial(endpoint, world.soon())) {
                    long start = world.client().clock().nanoTime();
                    byte[] some = new byte[100];
                    int count;
                    try {
                        do {
                            count = raw.read(some, 0, some.length, simulation.within(Duration.ofMinutes(5)));
                        } while (count >= 0);
                    } catch (IOException e) {
                        assertThat(e).isNotInstanceOf(DeadlineException.class);
                    }
                    assertThat(world.client().clock().nanoTime() - start)
                            .isBetween(
                                    Duration.ofSeconds(14).toNanos(),
                                    Duration.ofSeconds(17).toNanos());
                }
                assertThat(server.connectedPeers()).isEmpty();
            }
        });
    }

    @Test
    void closedStreamThatTheRemoteNeverEndsIsForgottenOnABusyConnection() {
        simulate(8, (simulation, world) -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                server.handle("/stuck", stream -> world.server().clock().sleep(Duration.ofHours(5)));
                server.handle("/echo", world::echo);
                PeerId peer = world.connect(client, server);
                Stream stuck = client.open(peer, "/stuck", world.soon());
                stuck.write(new byte[1], 0, 1, world.soon());
                stuck.close();
                Connection connection = client.connectionsFor(peer).getFirst();
                long start = world.client().clock().nanoTime();
                while (!connection.isIdle()) {
                    try (Stream stream = client.open(peer, "/echo", world.soon())) {
                        stream.write(new byte[1], 0, 1, world.soon());
                        stream.closeWrite();
                        while (stream.read(new byte[1], 0, 1, world.soon()) >= 0) {}
                    }
                    world.client().clock().sleep(Duration.ofSeconds(1));
                    assertThat(world.client().clock().nanoTime() - start)
                            .as("the stuck stream is still there")
                            .isLessThan(Duration.ofSeconds(64).toNanos());
                }
                assertThat(world.client().clock().nanoTime() - start)
                        .isGreaterThan(Duration.ofSeconds(59).toNanos());
            }
        });
    }

    @Test
    void streamThatNegotiatesNothingIsReset() {
        simulate(6, (simulation, world) -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                PeerId peer = world.connect(client, server);
                Connection connection = client.connectionsFor(peer).getFirst();
                var silent = connection.rawStream(world.soon());
                silent.write(new byte[] {19}, 0, 1, world.soon());
                long start = world.client().clock().nanoTime();
                assertThatThrownBy(() -> silent.read(new byte[1], 0, 1, simulation.within(Duration.ofMinutes(5))))
                        .isInstanceOf(StreamResetException.class);
                assertThat(world.client().clock().nanoTime() - start)
                        .isBetween(
                                Duration.ofSeconds(9).toNanos(),
                                Duration.ofSeconds(12).toNanos());
            }
        });
    }
}
