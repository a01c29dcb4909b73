package corolla.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import corolla.base.transport.Listener;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What can be done to simulated machines and the ways between them does what it says, and nothing else. */
class SimulatedHarmTest {
    private static final Endpoint ANYWHERE = new Endpoint("0.0.0.0", 1);
    private static final Endpoint OTHER = new Endpoint("other", 1);

    /** Two machines with one connection. */
    private record Pair(
            SimulatedWorld world, SimulatedNode one, SimulatedNode other, ByteStream here, ByteStream there) {
        static Pair of(SimulatedWorld world) throws IOException, InterruptedException {
            SimulatedNode one = world.node("one");
            SimulatedNode other = world.node("other");
            Listener listener = other.environment().transport().listen(ANYWHERE);
            ByteStream here = one.environment().transport().dial(OTHER, soon(world));
            return new Pair(world, one, other, here, listener.accept());
        }

        int carried(ByteStream from, ByteStream to, int value) throws IOException, InterruptedException {
            from.write(new byte[] {(byte) value}, 0, 1, soon(world));
            byte[] got = new byte[1];
            to.read(got, 0, 1, soon(world));
            return got[0];
        }
    }

    @Test
    void aOneWayCutLeavesTheWayBack() {
        SimulatedWorld.run(1, world -> {
            Pair pair = Pair.of(world);
            world.network().cutOneWay(pair.one, pair.other);
            assertThat(pair.carried(pair.there, pair.here, 3)).isEqualTo(3);
            assertThatThrownBy(() -> pair.carried(pair.here, pair.there, 4)).isInstanceOf(DeadlineException.class);
            for (SimulatedNode dialer : new SimulatedNode[] {pair.one, pair.other}) {
                Endpoint target = new Endpoint(dialer == pair.one ? "other" : "one", 1);
                assertThatThrownBy(() -> dialer.environment().transport().dial(target, soon(world)))
                        .as("a handshake needs both ways")
                        .isInstanceOf(DeadlineException.class);
            }
        });
    }

    @Test
    void mendingOnePairLeavesTheOthersCut() {
        SimulatedWorld.run(2, world -> {
            Pair pair = Pair.of(world);
            SimulatedNode third = world.node("third");
            world.network().cut(pair.one, pair.other);
            world.network().cut(third, pair.other);
            world.network().mend(pair.one, pair.other);
            assertThat(pair.carried(pair.here, pair.there, 5)).isEqualTo(5);
            assertThatThrownBy(() -> third.environment().transport().dial(OTHER, soon(world)))
                    .isInstanceOf(DeadlineException.class);
        });
    }

    @Test
    void aFrozenMachineStandsStillAndGoesOnWhereItStood() {
        SimulatedWorld.run(3, world -> {
            SimulatedNode node = world.node("node");
            int[] ticks = new int[1];
            TaskScope scope = node.environment().tasks().open("ticks");
            scope.run("ticks", () -> {
                while (true) {
                    node.environment().clock().sleep(Duration.ofSeconds(1));
                    ticks[0]++;
                }
            });
            world.clock().sleep(Duration.ofMillis(3500));
            node.freeze();
            world.clock().sleep(Duration.ofSeconds(10));
            assertThat(ticks[0]).isEqualTo(3);
            node.thaw();
            world.clock().sleep(Duration.ofMillis(1800));
            assertThat(ticks[0]).isEqualTo(5);
        });
    }

    @Test
    void aFrozenMachineAcceptsAndDiesLikeOthers() {
        SimulatedWorld.run(4, world -> {
            Pair pair = Pair.of(world);
            pair.other.freeze();
            ByteStream late = pair.one.environment().transport().dial(OTHER, soon(world));
            late.write(new byte[10], 0, 10, soon(world));
            pair.other.crash();
            assertThatThrownBy(() -> pair.here.read(new byte[1], 0, 1, soon(world)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reset");
        });
    }

    @Test
    void aSlowMachineComputesForLonger() {
        SimulatedWorld.run(5, world -> {
            SimulatedNode node = world.node("node");
            long usual = bodies(world, node);
            node.setSlowness(100);
            assertThat(bodies(world, node)).isBetween(20 * usual, 500 * usual);
        });
    }

    private static long bodies(SimulatedWorld world, SimulatedNode node) throws IOException, InterruptedException {
        long start = world.clock().nanoTime();
        for (int i = 0; i < 50; i++) {
            node.environment().team().run(_ -> {}, Deadline.never(world.clock()));
        }
        return world.clock().nanoTime() - start;
    }

    @Test
    void damagedBytesArriveAsOthers() {
        SimulatedWorld.run(6, world -> {
            Pair pair = Pair.of(world);
            world.network().setDamage(pair.one, pair.other, 1);
            assertThat(pair.carried(pair.here, pair.there, 7)).isNotEqualTo(7);
            assertThat(pair.carried(pair.there, pair.here, 7)).isEqualTo(7);
            world.network().setDamage(pair.one, pair.other, 0);
            assertThat(pair.carried(pair.here, pair.there, 7)).isEqualTo(7);
        });
    }

    @Test
    void whoDropsInboundIsNotReachedAndReachesOthers() {
        SimulatedWorld.run(7, world -> {
            Pair pair = Pair.of(world);
            world.network().dropInbound(pair.other);
            assertThatThrownBy(() -> pair.one.environment().transport().dial(OTHER, soon(world)))
                    .isInstanceOf(DeadlineException.class);
            assertThat(pair.carried(pair.here, pair.there, 8)).isEqualTo(8);
            pair.one.environment().transport().listen(ANYWHERE);
            pair.other
                    .environment()
                    .transport()
                    .dial(new Endpoint("one", 1), soon(world))
                    .close();
        });
    }

    @Test
    void bandwidthIsThatOfTheWay() {
        NetworkConditions perfect = NetworkConditions.perfect();
        SimulatedWorld.run(8, SimulationOptions.defaults().withNetwork(perfect), world -> {
            Pair pair = Pair.of(world);
            world.network().setBandwidth(pair.one, pair.other, 10_000);
            long start = world.clock().nanoTime();
            pair.here.write(new byte[20_000], 0, 20_000, soon(world));
            int got = 0;
            while (got < 20_000) {
                got += pair.there.read(new byte[20_000], 0, 20_000 - got, soon(world));
            }
            assertThat(Duration.ofNanos(world.clock().nanoTime() - start))
                    .isBetween(Duration.ofMillis(2000), Duration.ofMillis(2050));
        });
    }

    @Test
    void aClockStaysWrongAfterARestart() {
        SimulatedWorld.run(9, world -> {
            SimulatedNode node = world.node("node");
            node.setClockError(Duration.ofSeconds(2));
            node.crash();
            assertThat(node.restart().clock().now())
                    .isEqualTo(world.clock().now().plusSeconds(2));
        });
    }

    private static Deadline soon(SimulatedWorld world) {
        return world.within(Duration.ofSeconds(10));
    }
}
