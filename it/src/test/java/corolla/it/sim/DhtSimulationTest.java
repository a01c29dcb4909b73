package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.msgpack.Pack;
import corolla.base.multiformat.Multiaddr;
import corolla.dht.DhtStore;
import corolla.dht.DhtValue;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A DHT of real nodes in virtual time. */
class DhtSimulationTest {
    private static final int NODES = 12;

    @Test
    void recordsOutliveTheCrashOfHalfTheSwarmAndReplay() {
        for (long seed = 1; seed <= 3; seed++) {
            SimulatedWorld.assertReplays(seed, 2, DhtSimulationTest::storeCrashAndRead);
        }
    }

    private static void storeCrashAndRead(SimulatedWorld world) throws IOException, InterruptedException {
        List<SimulatedNode> machines = new ArrayList<>();
        List<SwarmNode> nodes = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            SimulatedNode machine = world.node("node" + i);
            machines.add(machine);
            List<Multiaddr> initial = i == 0 ? List.of() : nodes.get(0).addresses();
            nodes.add(SwarmNode.start(machine.environment(), initial));
        }
        double soon = nodes.get(0).dht().now() + 600;
        for (int i = 0; i < 20; i++) {
            boolean stored = nodes.get(i % NODES)
                    .dht()
                    .store(new DhtStore(Pack.of("key" + i), Pack.of(i), soon), world.within(Duration.ofSeconds(30)));
            assertThat(stored).isTrue();
        }

        for (int i = 0; i < NODES / 3; i++) {
            machines.get(3 * i + 1).crash();
        }

        SwarmNode reader = SwarmNode.client(
                world.node("reader").environment(), nodes.get(0).addresses());
        for (int i = 0; i < 20; i++) {
            Optional<DhtValue> found = reader.dht().get(Pack.of("key" + i), true, world.within(Duration.ofSeconds(60)));
            assertThat(found).contains(new DhtValue.Regular(Pack.of(i), soon));
        }

        world.clock().sleep(Duration.ofSeconds(601));
        assertThat(reader.dht().get(Pack.of("key0"), true, world.within(Duration.ofSeconds(60))))
                .isEmpty();
    }
}
