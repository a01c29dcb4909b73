package corolla.p2p.kad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.multiformat.Multiaddr;
import corolla.base.multiformat.Varint;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.internal.ByteBudget;
import corolla.p2p.internal.MessageForm;
import corolla.p2p.internal.MessageReader;
import corolla.p2p.testing.SimulatedPeer;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KadTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private static Kad serve(SimulatedPeer peer) {
        return Kad.start(peer.environment(), peer.host(), Kad.Mode.SERVER, KadLimits.defaults());
    }

    @Test
    void peerIsFoundByIdThroughACommonNode() {
        SimulatedWorld.run(1, world -> {
            SimulatedPeer bootstrap = SimulatedPeer.start(world, "bootstrap");
            SimulatedPeer server = SimulatedPeer.start(world, "server");
            SimulatedPeer client = SimulatedPeer.start(world, "client");
            serve(bootstrap);
            serve(server);
            Kad kad = Kad.start(client.environment(), client.host(), Kad.Mode.CLIENT, KadLimits.defaults());
            server.rpc().handleUnary("Echo.rpc_echo", (context, request) -> request);
            server.host().connect(bootstrap.address(), world.within(SOON));
            client.host().connect(bootstrap.address(), world.within(SOON));
            world.clock().sleep(Duration.ofSeconds(2));
            assertThat(kad.serversKnown()).isPositive();
            assertThat(client.rpc().callUnary(server.id(), "Echo.rpc_echo", new byte[] {5}, world.within(SOON)))
                    .containsExactly(5);
        });
    }

    @Test
    void nobodyKnowsAPeerThatDoesNotExist() {
        SimulatedWorld.run(2, world -> {
            SimulatedPeer bootstrap = SimulatedPeer.start(world, "bootstrap");
            SimulatedPeer client = SimulatedPeer.start(world, "client");
            serve(bootstrap);
            Kad kad = serve(client);
            client.host().connect(bootstrap.address(), world.within(SOON));
            world.clock().sleep(Duration.ofSeconds(2));
            PeerId nobody = PeerId.ofPublicKeyMessage(new byte[36]);
            assertThat(kad.findPeer(nobody, world.within(SOON))).isEmpty();
            assertThatThrownBy(() -> client.rpc().callUnary(nobody, "Echo.rpc_echo", new byte[1], world.within(SOON)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("routing found none");
        });
    }

    @Test
    void everybodyFindsEverybodyInAChainOfAcquaintances() {
        SimulatedWorld.run(3, world -> {
            List<SimulatedPeer> peers = new ArrayList<>();
            List<Kad> kads = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                SimulatedPeer peer = SimulatedPeer.start(world, "peer" + i);
                peers.add(peer);
                kads.add(serve(peer));
                if (i > 0) {
                    peer.host().connect(peers.get(i - 1).address(), world.within(SOON));
                    world.clock().sleep(Duration.ofSeconds(5));
                }
            }
            world.clock().sleep(Duration.ofMinutes(11));
            for (int i = 0; i < 30; i += 7) {
                PeerId target = peers.get((i + 13) % 30).id();
                List<Multiaddr> found = kads.get(i).findPeer(target, world.within(SOON));
                assertThat(found).isNotEmpty();
            }
        });
    }

    @Test
    void deadPeersAreForgottenAndDoNotHinder() {
        SimulatedWorld.run(4, world -> {
            List<SimulatedPeer> peers = new ArrayList<>();
            List<Kad> kads = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                SimulatedPeer peer = SimulatedPeer.start(world, "peer" + i);
                peers.add(peer);
                kads.add(serve(peer));
                if (i > 0) {
                    peer.host().connect(peers.getFirst().address(), world.within(SOON));
                }
            }
            world.clock().sleep(Duration.ofMinutes(1));
            for (int i = 4; i < 9; i++) {
                peers.get(i).node().crash();
            }
            world.clock().sleep(Duration.ofMinutes(1));
            assertThat(kads.get(1).findPeer(peers.get(11).id(), world.within(SOON)))
                    .isNotEmpty();
            world.clock().sleep(Duration.ofMinutes(25));
            assertThat(kads.get(1).serversKnown()).isLessThanOrEqualTo(6);
        });
    }

    @Test
    void aLookupOfOnePeerAsksFewAtFirstAndMoreWhenTheyAreSilent() {
        SimulatedWorld.run(5, world -> {
            SimulatedPeer client = SimulatedPeer.start(world, "client");
            Kad kad = Kad.start(client.environment(), client.host(), Kad.Mode.CLIENT, KadLimits.defaults());
            List<PeerId> asked = new ArrayList<>();
            for (int i = 0; i < 15; i++) {
                SimulatedPeer silent = SimulatedPeer.start(world, "silent" + i);
                silent.host().handle(Kad.PROTOCOL, stream -> {
                    asked.add(silent.id());
                    silent.environment().clock().sleep(Duration.ofHours(1));
                });
                client.host().connect(silent.address(), world.within(SOON));
            }
            world.clock().sleep(Duration.ofMinutes(2)); // the look-up of itself has ended
            asked.clear();
            PeerId nobody = PeerId.ofPublicKeyMessage(new byte[36]);
            world.tasks().open("lookup").run("lookup", () -> kad.findPeer(nobody, world.within(SOON)));
            world.clock().sleep(KadLimits.defaults().patience());
            assertThat(asked).hasSize(KadLimits.defaults().concurrencyForPeer());
            world.clock().sleep(Duration.ofSeconds(5));
            assertThat(asked).hasSize(KadLimits.defaults().concurrency());
        });
    }

    /** Asks a server in bytes. */
    private static final class Asker implements AutoCloseable {
        private final Stream stream;
        private final MessageReader reader;
        private final Deadline deadline;

        Asker(SimulatedPeer from, SimulatedPeer to, Deadline deadline) throws IOException, InterruptedException {
            this.stream = from.host().open(to.id(), Kad.PROTOCOL, deadline);
            this.reader = new MessageReader(stream, "test", new ByteBudget(1 << 20));
            this.deadline = deadline;
        }

        byte @Nullable [] ask(byte[] message) throws IOException, InterruptedException {
            stream.write(Varint.encode(message.length), message, deadline);
            return reader.read(MessageForm.DELIMITED, 1 << 20, deadline);
        }

        @Override
        public void close() {
            stream.close();
        }
    }

    @Test
    void serverAnswersSeveralRequestsOnOneStreamAndEndsItWhenIdle() {
        SimulatedWorld.run(5, world -> {
            SimulatedPeer server = SimulatedPeer.start(world, "server");
            SimulatedPeer client = SimulatedPeer.start(world, "client");
            serve(server);
            client.host().connect(server.address(), world.within(SOON));
            try (Asker asker = new Asker(client, server, world.within(Duration.ofMinutes(5)))) {
                KadMessages.Message self = KadMessages.decode(
                        answered(asker.ask(KadMessages.encode(
                                KadMessages.Message.findNode(server.id().bytes())))),
                        20,
                        20);
                assertThat(self.closer())
                        .containsExactly(new KadMessages.Peer(
                                server.id(),
                                List.of(server.address().withoutPeer().orElseThrow())));
                for (int type : List.of(
                        KadMessages.PUT_VALUE, KadMessages.GET_VALUE, KadMessages.GET_PROVIDERS, KadMessages.PING)) {
                    byte[] request = KadMessages.encode(new KadMessages.Message(type, new byte[] {1, 2}, List.of()));
                    assertThat(asker.ask(request)).isEqualTo(request);
                }
                world.clock().sleep(Duration.ofSeconds(61));
                assertThat(client.host().connectedPeers()).contains(server.id());
                assertThat(asker.reader.read(MessageForm.DELIMITED, 100, asker.deadline))
                        .isNull();
            }
        });
    }

    private static byte[] answered(byte @Nullable [] bytes) {
        assertThat(bytes).isNotNull();
        return bytes == null ? new byte[0] : bytes;
    }

    @Test
    void streamsAboveTheLimitOfOnePeerAreReset() {
        SimulatedWorld.run(6, world -> {
            SimulatedPeer server = SimulatedPeer.start(world, "server");
            SimulatedPeer client = SimulatedPeer.start(world, "client");
            serve(server);
            client.host().connect(server.address(), world.within(SOON));
            byte[] ping = KadMessages.encode(new KadMessages.Message(KadMessages.PING, new byte[0], List.of()));
            int max = KadLimits.defaults().streamsServedPerPeerMax();
            for (int i = 0; i < max; i++) {
                assertThat(new Asker(client, server, world.within(SOON)).ask(ping))
                        .isEqualTo(ping);
            }
            try (Asker asker = new Asker(client, server, world.within(SOON))) {
                assertThatThrownBy(() -> asker.ask(ping)).isInstanceOf(IOException.class);
            }
        });
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        SimulatedWorld.assertReplays(7, 3, world -> {
            List<SimulatedPeer> peers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                SimulatedPeer peer = SimulatedPeer.start(world, "peer" + i);
                peers.add(peer);
                serve(peer);
                if (i > 0) {
                    peer.host().connect(peers.getFirst().address(), world.within(SOON));
                }
            }
            world.clock().sleep(Duration.ofMinutes(2));
        });
    }
}
