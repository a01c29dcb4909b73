package corolla.dht;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.msgpack.Pack;
import corolla.base.multiformat.Multiaddr;
import corolla.dht.testing.SimulatedDhtNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DhtNodeTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Pack KEY = Pack.of("key");

    /** The first node, and {@code count - 1} that joined through it. */
    static List<SimulatedDhtNode> swarm(SimulatedWorld world, int count) throws Exception {
        List<SimulatedDhtNode> nodes = new ArrayList<>();
        nodes.add(SimulatedDhtNode.start(world, "node0", DhtConfig.defaults()));
        for (int i = 1; i < count; i++) {
            nodes.add(SimulatedDhtNode.start(world, "node" + i, joining(nodes)));
        }
        return nodes;
    }

    private static DhtConfig joining(List<SimulatedDhtNode> nodes) {
        return DhtConfig.defaults().withInitialPeers(List.of(nodes.getFirst().address()));
    }

    @Test
    void aloneItStoresAndFindsItsOwn() {
        SimulatedWorld.run(1, world -> {
            DhtNode dht = swarm(world, 1).getFirst().dht();
            assertThat(dht.getMany(List.of(KEY), true, world.within(SOON))).isEmpty();
            assertThat(dht.store(new DhtStore(KEY, Pack.of("value"), dht.now() + 30), world.within(SOON)))
                    .isTrue();
            assertThat(dht.get(KEY, true, world.within(SOON)))
                    .hasValueSatisfying(value -> assertThat(value)
                            .isInstanceOfSatisfying(
                                    DhtValue.Regular.class,
                                    regular -> assertThat(regular.value()).isEqualTo(Pack.of("value"))));
            world.clock().sleep(Duration.ofSeconds(31));
            assertThat(dht.get(KEY, true, world.within(SOON))).isEmpty();
        });
    }

    @Test
    void whatOneStoresAnotherFinds() {
        SimulatedWorld.run(2, world -> {
            List<SimulatedDhtNode> nodes = swarm(world, 12);
            DhtNode writer = nodes.get(3).dht();
            DhtNode reader = nodes.get(9).dht();
            double expiration = writer.now() + 300;
            List<DhtStore> stores = new ArrayList<>();
            List<Pack> keys = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                keys.add(Pack.of("block." + i));
                stores.add(new DhtStore(keys.getLast(), Pack.of("peerA"), Pack.tuple(2, 1.5), expiration));
                stores.add(new DhtStore(keys.getLast(), Pack.of("peerB"), Pack.tuple(1, 0.5), expiration + 1));
            }
            assertThat(writer.storeMany(stores, world.within(SOON))).hasSize(80).containsOnly(true);
            Map<Pack, DhtValue> found = reader.getMany(keys, true, world.within(SOON));
            assertThat(found.keySet()).containsExactlyElementsOf(keys);
            assertThat(found.values()).allSatisfy(value -> {
                DhtValue.Dictionary dictionary = (DhtValue.Dictionary) value;
                assertThat(dictionary.expiration()).isEqualTo(expiration + 1);
                assertThat(dictionary.entries())
                        .containsEntry(Pack.of("peerA"), new DhtValue.Regular(Pack.tuple(2, 1.5), expiration))
                        .containsEntry(Pack.of("peerB"), new DhtValue.Regular(Pack.tuple(1, 0.5), expiration + 1));
            });
        });
    }

    @Test
    void clientsReadAndWriteButKeepNothing() {
        SimulatedWorld.run(3, world -> {
            List<SimulatedDhtNode> nodes = swarm(world, 6);
            SimulatedDhtNode client =
                    SimulatedDhtNode.start(world, "client", joining(nodes).withClientMode(true));
            assertThat(client.dht()
                            .store(new DhtStore(KEY, Pack.of(1), client.dht().now() + 60), world.within(SOON)))
                    .isTrue();
            assertThat(nodes.get(4).dht().get(KEY, true, world.within(SOON))).isPresent();
            assertThat(client.dht().load().keysStored()).isZero();
            assertThat(nodes)
                    .noneMatch(node ->
                            node.dht().knownPeers().contains(client.host().peerId()));
            assertThat(nodes.get(2).dht().ping(client.host().peerId(), world.within(SOON)))
                    .isPositive();
        });
    }

    @Test
    void valuesSurviveCrashesOfSomeOfTheirNodes() {
        SimulatedWorld.run(4, world -> {
            List<SimulatedDhtNode> nodes = swarm(world, 25);
            DhtNode writer = nodes.get(24).dht();
            List<Pack> keys = new ArrayList<>();
            List<DhtStore> stores = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                keys.add(Pack.of(i));
                stores.add(new DhtStore(keys.getLast(), Pack.of("v" + i), writer.now() + 600));
            }
            assertThat(writer.storeMany(stores, world.within(SOON))).containsOnly(true);
            for (int i = 10; i < 17; i++) {
                nodes.get(i).machine().crash();
            }
            Map<Pack, DhtValue> found = nodes.get(5).dht().getMany(keys, true, world.within(Duration.ofMinutes(3)));
            assertThat(found.size()).isGreaterThanOrEqualTo(19); // 5 replicas each, 7 of 25 dead
        });
    }

    @Test
    void newcomersAreHandedWhatTheyAreNearestTo() {
        SimulatedWorld.run(5, world -> {
            List<SimulatedDhtNode> nodes = swarm(world, 6);
            DhtNode writer = nodes.get(1).dht();
            List<DhtStore> stores = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                stores.add(new DhtStore(Pack.of(i), Pack.of("v" + i), writer.now() + 600));
            }
            writer.storeMany(stores, world.within(SOON));
            SimulatedDhtNode newcomer = SimulatedDhtNode.start(world, "newcomer", joining(nodes));
            world.clock().sleep(Duration.ofSeconds(20));
            assertThat(newcomer.dht().load().keysStored()).isGreaterThan(20);
        });
    }

    @Test
    void joiningThroughNobodyNamesEachInitialPeer() {
        SimulatedWorld.run(6, world -> {
            String id = "12D3KooWJmwnrXADLVBLPQbUrWdqxn7yxJXvsMLtZ3xYZXqkWXaA";
            SimulatedDhtNode stranger = SimulatedDhtNode.start(world, "stranger", DhtConfig.defaults());
            stranger.machine().crash();
            Multiaddr dead = stranger.address();
            Multiaddr nowhere = Multiaddr.parse("/ip4/10.9.9.9/tcp/1/p2p/" + id);
            assertThatThrownBy(() -> SimulatedDhtNode.start(
                            world,
                            "lonely",
                            DhtConfig.defaults()
                                    .withInitialPeers(List.of(dead, nowhere))
                                    .withBootstrapTime(Duration.ofSeconds(30))))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot join the DHT")
                    .hasMessageContaining(dead.toString())
                    .hasMessageContaining(nowhere.toString());
        });
    }

    @Test
    void lostInitialPeerIsDialedAgainThoughOthersAreKnown() {
        SimulatedWorld.run(17, world -> {
            List<SimulatedDhtNode> nodes = swarm(world, 3);
            SimulatedDhtNode first = nodes.getFirst();
            SimulatedDhtNode last = nodes.getLast();
            last.dht().store(new DhtStore(KEY, Pack.of("value"), last.dht().now() + 3600), world.within(SOON));
            world.network().cut(first.machine(), last.machine());
            world.clock().sleep(Duration.ofMinutes(5));
            assertThat(last.host().connectedPeers()).doesNotContain(first.host().peerId());
            world.network().mend();
            world.clock().sleep(Duration.ofMinutes(10));
            assertThat(last.host().connectedPeers()).contains(first.host().peerId());
            assertThat(last.dht().knownPeers()).contains(first.host().peerId());
        });
    }

    @Test
    void joiningWaitsForAnInitialPeerThatStartsLater() {
        SimulatedWorld.run(7, world -> {
            SimulatedDhtNode first = SimulatedDhtNode.start(world, "first", DhtConfig.defaults());
            Multiaddr address = first.address();
            first.machine().crash();
            try (var scope = world.tasks().open("restart")) {
                scope.run("restart", () -> {
                    world.clock().sleep(Duration.ofSeconds(15));
                    first.machine().restart();
                    SimulatedDhtNode.start(world, "first", DhtConfig.defaults());
                });
                SimulatedDhtNode late = SimulatedDhtNode.start(
                        world, "late", DhtConfig.defaults().withInitialPeers(List.of(withoutPeer(address))));
                assertThat(late.dht().knownPeers()).hasSize(1);
            }
        });
    }

    /** A restarted machine of a simulated world has another identity. */
    private static Multiaddr withoutPeer(Multiaddr address) {
        return address.withoutPeer().orElseThrow();
    }

    @Test
    void aWrongClockIsToldAndRefused() {
        SimulatedWorld.run(8, world -> {
            List<SimulatedDhtNode> nodes = swarm(world, 2);
            world.node("late").setClockError(Duration.ofSeconds(-20));
            assertThatThrownBy(() -> SimulatedDhtNode.start(
                            world, "late", joining(nodes).withBootstrapTime(Duration.ofSeconds(5))))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("clock")
                    .hasMessageContaining("NTP");
        });
    }

    @Test
    void nodesThatWereCutOffComeBack() {
        SimulatedWorld.run(9, world -> {
            List<SimulatedDhtNode> nodes = swarm(world, 5);
            var alone = List.of(nodes.get(4).machine());
            var others =
                    nodes.subList(0, 4).stream().map(SimulatedDhtNode::machine).toList();
            world.network().partition(alone, others);
            DhtNode dht = nodes.get(4).dht();
            for (int i = 0; i < 4; i++) {
                world.clock().sleep(Duration.ofSeconds(30));
                try {
                    dht.get(KEY, true, world.within(Duration.ofSeconds(20)));
                } catch (IOException expected) {
                    world.note("cut off");
                }
            }
            assertThat(dht.knownPeers()).isEmpty();
            world.network().mend();
            world.clock().sleep(Duration.ofMinutes(8));
            assertThat(dht.knownPeers()).isNotEmpty();
        });
    }

    @Test
    void whoHasDiedIsSoonNotToldOfAnyMore() {
        SimulatedWorld.run(13, world -> {
            List<SimulatedDhtNode> nodes = new ArrayList<>(swarm(world, 12));
            SimulatedDhtNode dead = nodes.remove(5);
            dead.machine().crash();
            world.clock().sleep(Duration.ofSeconds(5));
            assertThat(nodes)
                    .allSatisfy(node -> assertThat(node.dht().knownPeers())
                            .isNotEmpty()
                            .doesNotContain(dead.host().peerId()));
        });
    }

    @Test
    void whoseConnectionBreaksAndWhoLivesStaysKnown() {
        SimulatedWorld.run(14, world -> {
            List<SimulatedDhtNode> nodes = swarm(world, 2);
            nodes.get(0).host().disconnect(nodes.get(1).host().peerId());
            world.clock().sleep(Duration.ofSeconds(5));
            for (SimulatedDhtNode node : nodes) {
                assertThat(node.dht().knownPeers()).hasSize(1);
                assertThat(node.host().connectedPeers()).hasSize(1);
            }
        });
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        SimulatedWorld.assertReplays(10, 2, world -> {
            List<SimulatedDhtNode> nodes = swarm(world, 12);
            DhtNode writer = nodes.get(7).dht();
            writer.store(new DhtStore(KEY, Pack.of("s"), Pack.of(1), writer.now() + 60), world.within(SOON));
            nodes.get(3).machine().crash();
            assertThat(nodes.get(10).dht().get(KEY, true, world.within(SOON))).isPresent();
        });
    }
}
