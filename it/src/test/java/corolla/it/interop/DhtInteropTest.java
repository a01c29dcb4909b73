package corolla.it.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import corolla.base.msgpack.Pack;
import corolla.base.multiformat.Multiaddr;
import corolla.dht.DhtConfig;
import corolla.dht.DhtNode;
import corolla.dht.DhtStore;
import corolla.dht.DhtValue;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Our DHT node and hivemind's. */
@Tag("interop")
@Timeout(180)
class DhtInteropTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @BeforeAll
    static void requireStockPeers() {
        StockPeer.assumeInstalled();
    }

    private static StockPeer stockNode(Multiaddr... initialPeers) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("listen"));
        for (Multiaddr peer : initialPeers) {
            arguments.addAll(List.of("--initial-peer", peer.toString()));
        }
        return StockPeer.listen("stock_dht.py", arguments);
    }

    private static DhtConfig through(Multiaddr initialPeer) {
        return DhtConfig.defaults().withInitialPeers(List.of(initialPeer));
    }

    @Test
    void stockNodeJoinsThroughOurs() throws Exception {
        try (OurPeer us = OurPeer.start();
                DhtNode ours = us.dht(DhtConfig.defaults());
                StockPeer stock = stockNode(us.address())) {
            assertThat(ours.knownPeers()).containsExactly(stock.id());
            checkBothWays(us, ours, stock);
        }
    }

    @Test
    void ourNodeJoinsThroughStock() throws Exception {
        try (StockPeer stock = stockNode();
                OurPeer us = OurPeer.start();
                DhtNode ours = us.dht(through(stock.address()))) {
            assertThat(ours.knownPeers()).containsExactly(stock.id());
            checkBothWays(us, ours, stock);
            assertThat(ours.ping(stock.id(), us.within(SOON))).isPositive();
        }
    }

    private static void checkBothWays(OurPeer us, DhtNode ours, StockPeer stock) throws Exception {
        stockFindsWhatWeStore(us, ours, stock);
        weFindWhatStockStores(us, ours, stock);
        laterExpirationsWin(us, ours, stock);
        dictionariesMerge(us, ours, stock);
    }

    private static void stockFindsWhatWeStore(OurPeer us, DhtNode ours, StockPeer stock) throws Exception {
        double expiration = ours.now() + 60;
        Pack value =
                Pack.tuple(2, 1.5, Pack.map().put("name", "x").put("none", null).build());
        assertThat(ours.store(new DhtStore(Pack.of("ours"), value, expiration), us.within(SOON)))
                .isTrue();
        for (String op : List.of("get", "local")) {
            JsonNode found = stock.command("{'op': '" + op + "', 'key': 'ours', 'latest': true}");
            assertThat(found.get("value").toString()).isEqualTo("{\"$tuple\":[2,1.5,{\"name\":\"x\",\"none\":null}]}");
            assertThat(found.get("expiration").asDouble()).isEqualTo(expiration);
        }
    }

    private static void weFindWhatStockStores(OurPeer us, DhtNode ours, StockPeer stock) throws Exception {
        double expiration = ours.now() + 60;
        assertThat(stock.command(
                                "{'op': 'store', 'key': 'theirs', 'value': {'$tuple': ['a', [1, 2.5, true]]}, 'expiration': "
                                        + expiration + "}")
                        .get("ok")
                        .asBoolean())
                .isTrue();
        Optional<DhtValue> found = ours.get(Pack.of("theirs"), true, us.within(SOON));
        assertThat(found).contains(new DhtValue.Regular(Pack.tuple("a", List.of(1, 2.5, true)), expiration));
    }

    private static void laterExpirationsWin(OurPeer us, DhtNode ours, StockPeer stock) throws Exception {
        Pack key = Pack.of("later");
        double expiration = ours.now() + 60;
        assertThat(stock.command(store("later", "1", expiration)).get("ok").asBoolean())
                .isTrue();
        assertThat(ours.store(new DhtStore(key, Pack.of(2), expiration - 10), us.within(SOON)))
                .isFalse();
        assertThat(ours.store(new DhtStore(key, Pack.of(2), expiration), us.within(SOON)))
                .isFalse();
        assertThat(ours.store(new DhtStore(key, Pack.of(3), expiration + 1), us.within(SOON)))
                .isTrue();
        assertThat(stock.command(store("later", "4", expiration)).get("ok").asBoolean())
                .isFalse();
        assertThat(stock.command("{'op': 'get', 'key': 'later', 'latest': true}")
                        .get("value")
                        .asInt())
                .isEqualTo(3);
    }

    private static String store(String key, String value, double expiration) {
        return "{'op': 'store', 'key': '" + key + "', 'value': " + value + ", 'expiration': " + expiration + "}";
    }

    private static void dictionariesMerge(OurPeer us, DhtNode ours, StockPeer stock) throws Exception {
        Pack key = Pack.of("dictionary");
        double expiration = ours.now() + 60;
        assertThat(ours.storeMany(
                        List.of(
                                new DhtStore(key, Pack.of("a"), Pack.of(1), expiration),
                                new DhtStore(key, Pack.of("b"), Pack.of(2), expiration + 5)),
                        us.within(SOON)))
                .containsExactly(true, true);
        assertThat(stock.command("{'op': 'store', 'key': 'dictionary', 'subkey': 'c', 'value': 3, 'expiration': "
                                + (expiration + 7) + "}")
                        .get("ok")
                        .asBoolean())
                .isTrue();
        JsonNode theirs = stock.command("{'op': 'get', 'key': 'dictionary', 'latest': true}");
        assertThat(theirs.get("subkeys")).hasSize(3);
        assertThat(theirs.get("expiration").asDouble()).isEqualTo(expiration + 7);
        assertThat(ours.get(key, true, us.within(SOON)))
                .hasValueSatisfying(value -> assertThat(value)
                        .isInstanceOfSatisfying(DhtValue.Dictionary.class, dictionary -> {
                            assertThat(dictionary.expiration()).isEqualTo(expiration + 7);
                            assertThat(dictionary.entries())
                                    .hasSize(3)
                                    .containsEntry(Pack.of("c"), new DhtValue.Regular(Pack.of(3), expiration + 7));
                        }));
        assertThat(ours.store(new DhtStore(key, Pack.of("plain"), expiration), us.within(SOON)))
                .isFalse();
    }

    @Test
    void nodesFindEachOtherByIdThroughACommonStockNode() throws Exception {
        try (StockPeer bootstrap = stockNode();
                StockPeer stock = stockNode(bootstrap.address());
                OurPeer us = OurPeer.start();
                DhtNode ours = us.dht(through(bootstrap.address()))) {
            assertThat(ours.knownPeers()).containsExactlyInAnyOrder(bootstrap.id(), stock.id());
            assertThat(ours.store(new DhtStore(Pack.of("far"), Pack.of("value"), ours.now() + 60), us.within(SOON)))
                    .isTrue();
            assertThat(stock.command("{'op': 'local', 'key': 'far'}")
                            .get("found")
                            .asBoolean())
                    .isTrue();
            assertThat(stock.command("{'op': 'store', 'key': 'near', 'value': 1, 'ttl': 60}")
                            .get("ok")
                            .asBoolean())
                    .isTrue();
            assertThat(ours.load().keysStored()).isEqualTo(2);
        }
    }

    @Test
    void stockNodesFindEachOtherThroughOurs() throws Exception {
        try (OurPeer us = OurPeer.start();
                DhtNode ours = us.dht(DhtConfig.defaults());
                StockPeer one = stockNode(us.address());
                StockPeer other = stockNode(us.address())) {
            assertThat(ours.knownPeers()).containsExactlyInAnyOrder(one.id(), other.id());
            assertThat(one.command("{'op': 'store', 'key': 'k', 'value': 1, 'ttl': 60}")
                            .get("ok")
                            .asBoolean())
                    .isTrue();
            assertThat(other.command("{'op': 'local', 'key': 'k'}").get("found").asBoolean())
                    .isTrue();
            assertThat(other.command("{'op': 'peers'}").get("routing").toString())
                    .contains(one.id().toBase58())
                    .contains(us.host().peerId().toBase58());
        }
    }

    @Test
    void stockClientUsesOurNode() throws Exception {
        try (OurPeer us = OurPeer.start();
                DhtNode ours = us.dht(DhtConfig.defaults());
                StockPeer client = StockPeer.listen(
                        "stock_dht.py",
                        List.of(
                                "listen",
                                "--client",
                                "--initial-peer",
                                us.address().toString()))) {
            assertThat(client.command("{'op': 'store', 'key': 'k', 'value': 'v', 'ttl': 60}")
                            .get("ok")
                            .asBoolean())
                    .isTrue();
            assertThat(ours.get(Pack.of("k"), true, us.within(SOON))).isPresent();
            assertThat(ours.knownPeers()).isEmpty();
            assertThat(ours.ping(client.id(), us.within(SOON))).isPositive(); // it refuses, which is an answer
        }
    }

    @Test
    void ourClientUsesStockNodes() throws Exception {
        try (StockPeer stock = stockNode();
                OurPeer us = OurPeer.start();
                DhtNode ours = us.dht(through(stock.address()).withClientMode(true))) {
            assertThat(ours.store(new DhtStore(Pack.of("k"), Pack.of("v"), ours.now() + 60), us.within(SOON)))
                    .isTrue();
            assertThat(ours.get(Pack.of("k"), true, us.within(SOON))).isPresent();
            assertThat(stock.command("{'op': 'peers'}").get("routing")).isEmpty();
        }
    }
}
