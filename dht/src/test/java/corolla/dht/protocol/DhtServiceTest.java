package corolla.dht.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.time.Deadline;
import corolla.dht.DhtConfig;
import corolla.dht.testing.Damage;
import corolla.dht.testing.Golden;
import corolla.dht.testing.SimulatedDhtNode;
import corolla.p2p.rpc.RemoteException;
import corolla.testkit.SimulatedWorld;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DhtServiceTest {

    /** A node, and a client that sends it whatever it likes. */
    private interface Story {
        void tell(SimulatedWorld world, SimulatedDhtNode node, SimulatedDhtNode client) throws Exception;
    }

    private static void run(Story story) {
        SimulatedWorld.run(1, world -> {
            SimulatedDhtNode node = SimulatedDhtNode.start(world, "node", DhtConfig.defaults());
            SimulatedDhtNode client = SimulatedDhtNode.start(
                    world,
                    "client",
                    DhtConfig.defaults()
                            .withInitialPeers(List.of(node.address()))
                            .withClientMode(true));
            story.tell(world, node, client);
        });
    }

    private static Deadline soon(SimulatedWorld world) {
        return world.within(Duration.ofSeconds(20));
    }

    @Test
    void itemsAreStoredByTheirSubkeyBytes() {
        run((world, node, client) -> {
            double expiration = node.dht().now() + 60;
            List<DhtMessages.StoreItem> items = new ArrayList<>();
            for (DhtMessages.StoreItem item : DhtMessages.StoreRequest.decode(
                            Golden.message("StoreRequest_regular_subkey_dict"), 10)
                    .items()) {
                items.add(new DhtMessages.StoreItem(item.key(), item.subkey(), item.value(), expiration, false));
            }
            byte[] answer = client.rpc()
                    .callUnary(
                            node.host().peerId(),
                            DhtCaller.STORE,
                            new DhtMessages.StoreRequest(items, new byte[0]).encode(),
                            soon(world));
            // regular; subkey of the same key with the same expiration; a dictionary whose entries lie beyond the limit
            assertThat(DhtMessages.StoreResponse.decode(answer).stored()).containsExactly(true, false, false);
        });
    }

    @Test
    void unevenListsAndWrongIdsAreErrorReplies() {
        run((world, node, client) -> {
            byte[] wrongId = new DhtMessages.FindRequest(List.of(new byte[19]), new byte[0]).encode();
            for (byte[] request : List.of(wrongId, new byte[] {10, 5, 1})) {
                String error = "";
                try {
                    client.rpc().callUnary(node.host().peerId(), DhtCaller.FIND, request, soon(world));
                } catch (RemoteException e) {
                    error = e.text();
                }
                assertThat(error).startsWith("ProtocolException('");
            }
        });
    }

    @Test
    void largeAnswersStayWithinTheLimitOfAMessage() {
        run((world, node, client) -> {
            List<byte[]> keys = new ArrayList<>();
            List<DhtMessages.StoreItem> items = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                byte[] key = new byte[20];
                key[0] = (byte) i;
                keys.add(key);
                items.add(new DhtMessages.StoreItem(
                        key, StoreItems.NO_SUBKEY, new byte[60_000], node.dht().now() + 60, false));
            }
            for (List<DhtMessages.StoreItem> some : StoreItems.requests(items, 1000)) {
                byte[] request = new DhtMessages.StoreRequest(some, new byte[0]).encode();
                byte[] answer = client.rpc().callUnary(node.host().peerId(), DhtCaller.STORE, request, soon(world));
                assertThat(DhtMessages.StoreResponse.decode(answer).stored()).containsOnly(true);
            }
            byte[] answer = client.rpc()
                    .callUnary(
                            node.host().peerId(),
                            DhtCaller.FIND,
                            new DhtMessages.FindRequest(keys, new byte[0]).encode(),
                            soon(world));
            List<FindMessages.FindResult> results =
                    FindMessages.FindResponse.decode(answer, 100, 20).results();
            assertThat(results).hasSize(100);
            assertThat(results.stream()
                            .filter(result -> result.found().isPresent())
                            .count())
                    .isEqualTo(52);
        });
    }

    @Test
    void damagedRequestsAreAnsweredOrRefusedAndNeverHang() {
        run((world, node, client) -> {
            Map<String, byte[]> originals = Map.of(
                    DhtCaller.PING, Golden.message("PingRequest_client"),
                    DhtCaller.STORE, Golden.message("StoreRequest_regular_subkey_dict"),
                    DhtCaller.FIND, Golden.message("FindRequest"));
            Damage damage = new Damage(31);
            int answered = 0;
            int refused = 0;
            List<String> methods = List.of(DhtCaller.PING, DhtCaller.STORE, DhtCaller.FIND);
            for (int i = 0; i < Damage.count() / 3; i++) {
                String method = methods.get(i % methods.size());
                byte[] request = damage.damage(originals.getOrDefault(method, new byte[0]));
                try {
                    client.rpc().callUnary(node.host().peerId(), method, request, soon(world));
                    answered++;
                } catch (RemoteException e) {
                    refused++;
                }
            }
            assertThat(answered).isPositive();
            assertThat(refused).isPositive();
            assertThat(node.rpc().callsServed()).isZero();
        });
    }
}
