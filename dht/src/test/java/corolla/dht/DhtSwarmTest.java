package corolla.dht;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.msgpack.Pack;
import corolla.dht.testing.SimulatedDhtNode;
import corolla.testkit.SimulatedWorld;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Swarms of a size that takes a minute to simulate. */
@Tag("sim-long")
class DhtSwarmTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    @ParameterizedTest
    @ValueSource(longs = {11, 12})
    void aHundredNodesFindEachOthersValues(long seed) {
        SimulatedWorld.run(seed, world -> {
            List<SimulatedDhtNode> nodes = DhtNodeTest.swarm(world, 100);
            for (int i = 0; i < 100; i += 25) {
                DhtNode writer = nodes.get(i).dht();
                Pack key = Pack.of("of " + i);
                assertThat(writer.store(new DhtStore(key, Pack.of(i), writer.now() + 300), world.within(SOON)))
                        .isTrue();
                assertThat(nodes.get((i + 61) % 100).dht().get(key, false, world.within(SOON)))
                        .isPresent();
            }
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22})
    void valuesSurviveCrashesOfAThirdOfTheNodes(long seed) {
        SimulatedWorld.run(seed, world -> {
            List<SimulatedDhtNode> nodes = DhtNodeTest.swarm(world, 60);
            DhtNode writer = nodes.get(59).dht();
            List<Pack> keys = new ArrayList<>();
            List<DhtStore> stores = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                keys.add(Pack.of(i));
                stores.add(new DhtStore(keys.getLast(), Pack.of("v" + i), writer.now() + 600));
            }
            assertThat(writer.storeMany(stores, world.within(SOON))).containsOnly(true);
            for (int i = 10; i < 30; i++) {
                nodes.get(i).machine().crash();
            }
            Map<Pack, DhtValue> found = nodes.get(5).dht().getMany(keys, true, world.within(Duration.ofMinutes(3)));
            assertThat(found.size()).isGreaterThanOrEqualTo(18); // 5 replicas each, a third of the nodes dead
        });
    }
}
