package corolla.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.task.Gate;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import corolla.base.transport.Listener;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class SimulatedWorldTest {

    @Test
    void theSameSeedGivesTheSameRunAndAnotherSeedAnotherOne() {
        Set<Long> traces = new HashSet<>();
        for (long seed = 1; seed <= 3; seed++) {
            SimulatedWorld.Outcome outcome = SimulatedWorld.assertReplays(
                    seed, 5, world -> new EchoSwarm(world, 20).live(Duration.ofSeconds(20)));
            assertThat(outcome.switches()).isGreaterThan(5_000);
            traces.add(outcome.trace());
        }
        assertThat(traces).hasSize(3);
    }

    @Test
    void aSwarmWorksInSpiteOfCrashes() {
        Set<String> results = new LinkedHashSet<>();
        SimulatedWorld.run(1, world -> results.add(new EchoSwarm(world, 10).live(Duration.ofSeconds(30))));
        assertThat(results.iterator().next()).matches("[1-9][0-9]{2,} answered, [1-9][0-9]* failed");
    }

    @Test
    void virtualDaysTakeNoTime() {
        SimulatedWorld.Outcome outcome =
                SimulatedWorld.run(1, world -> world.clock().sleep(Duration.ofDays(1)));
        assertThat(outcome.time())
                .isBetween(Duration.ofDays(1), Duration.ofDays(1).plusSeconds(1));
    }

    @Test
    void aFailureOfTheStoryNamesTheSeed() {
        IOException failure = new IOException("the reason");
        assertThatThrownBy(() -> SimulatedWorld.run(77, _ -> {
                    throw failure;
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("seed 77")
                .hasMessageContaining("the reason")
                .hasRootCause(failure);
    }

    @Test
    void aBugInATaskThatNobodyAwaitsFailsTheRun() {
        assertThatThrownBy(() -> SimulatedWorld.run(
                        1,
                        world -> world.node("a")
                                .environment()
                                .tasks()
                                .open("scope")
                                .run("broken", () -> {
                                    throw new IllegalStateException("a bug");
                                })))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("broken")
                .hasMessageContaining("a bug");
    }

    @Test
    void aDeadlockIsReportedWithWhoWaitsWhere() {
        assertThatThrownBy(() -> SimulatedWorld.run(1, world -> new CountDownLatch(1).await()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("deadlock")
                .hasMessageContaining("story/story at corolla.testkit.SimulatedWorldTest");
    }

    @Test
    void aTaskThatDoesNotListenToInterruptionsFailsTheRun() {
        assertThatThrownBy(() -> SimulatedWorld.run(
                        1,
                        world -> world.tasks().open("scope").run("deaf", () -> {
                            while (true) {
                                try {
                                    world.clock().sleep(Duration.ofMinutes(1));
                                } catch (InterruptedException _) {
                                    world.note("interrupted");
                                }
                            }
                        })))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("did not end")
                .hasMessageContaining("story/deaf");
    }

    @Test
    void aContendedMonitorIsNamed() {
        Object monitor = new Object();
        assertThatThrownBy(() -> SimulatedWorld.run(1, world -> {
                    TaskScope scope = world.tasks().open("scope");
                    for (int i = 0; i < 2; i++) {
                        scope.run("holder " + i, () -> {
                            synchronized (monitor) {
                                world.clock().sleep(Duration.ofSeconds(1));
                            }
                        });
                    }
                    world.clock().sleep(Duration.ofSeconds(5));
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("not deterministic")
                .hasMessageContaining("story/holder");
    }

    @Test
    void aCrashResetsConnectionsAndARestartedNodeListensAgain() {
        SimulatedWorld.run(3, world -> {
            SimulatedNode server = world.node("server");
            SimulatedNode client = world.node("client");
            Listener listener = server.environment().transport().listen(new Endpoint("0.0.0.0", 1));
            ByteStream stream = client.environment().transport().dial(new Endpoint("server", 1), soon(world));
            ByteStream accepted = listener.accept();

            server.crash();

            assertThatThrownBy(() -> stream.read(new byte[1], 0, 1, soon(world)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reset");
            assertThatThrownBy(() -> accepted.write(new byte[1], 0, 1, soon(world)))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> server.environment().transport().listen(new Endpoint("0.0.0.0", 1)))
                    .hasMessageContaining("crashed");
            assertThatThrownBy(() -> client.environment().transport().dial(new Endpoint("server", 1), soon(world)))
                    .hasMessageContaining("refused");

            server.restart().transport().listen(new Endpoint("0.0.0.0", 1));
            client.environment()
                    .transport()
                    .dial(new Endpoint("server", 1), soon(world))
                    .close();
        });
    }

    @Test
    void aCutIsSilentAndWhatWasSentArrivesAfterMending() {
        SimulatedWorld.run(4, world -> {
            SimulatedNode one = world.node("one");
            SimulatedNode other = world.node("other");
            Listener listener = other.environment().transport().listen(new Endpoint("0.0.0.0", 1));
            ByteStream stream = one.environment().transport().dial(new Endpoint("other", 1), soon(world));
            ByteStream accepted = listener.accept();

            world.network().cut(one, other);
            stream.write(new byte[] {5}, 0, 1, soon(world));
            Deadline deadline = world.within(Duration.ofMinutes(1));
            assertThatThrownBy(() -> accepted.read(new byte[1], 0, 1, deadline)).isInstanceOf(DeadlineException.class);
            assertThatThrownBy(() -> one.environment().transport().dial(new Endpoint("other", 1), soon(world)))
                    .isInstanceOf(DeadlineException.class);

            world.network().mend();
            byte[] got = new byte[1];
            assertThat(accepted.read(got, 0, 1, soon(world))).isEqualTo(1);
            assertThat(got).containsExactly(5);
        });
    }

    @Test
    void aMachinesWallClockMayBeWrong() {
        SimulatedWorld.run(1, world -> {
            SimulatedNode node = world.node("late");
            Instant before = node.environment().clock().now();
            node.setClockError(Duration.ofSeconds(-10));
            assertThat(node.environment().clock().now()).isEqualTo(before.minusSeconds(10));
            assertThat(world.clock().now()).isEqualTo(before);
        });
    }

    @Test
    void delayIsAsItWasSet() {
        SimulatedWorld.run(1, SimulationOptions.defaults().withNetwork(NetworkConditions.perfect()), world -> {
            SimulatedNode one = world.node("one");
            SimulatedNode other = world.node("other");
            world.network().setDelay(one, other, Duration.ofSeconds(1));
            Listener listener = other.environment().transport().listen(new Endpoint("0.0.0.0", 1));
            long start = world.clock().nanoTime();
            ByteStream stream = one.environment().transport().dial(new Endpoint("other", 1), soon(world));
            assertThat(Duration.ofNanos(world.clock().nanoTime() - start))
                    .isBetween(Duration.ofSeconds(2), Duration.ofMillis(2010));
            stream.close();
            listener.close();
        });
    }

    @Test
    void aWaitWithoutAnybodyToSignalEndsWithTheInterruptionAtTheEnd() {
        SimulatedWorld.run(1, world -> {
            Gate gate = new Gate(world.clock());
            Task<?> waiter = world.tasks().open("scope").run("waiter", () -> {
                gate.lock();
                try {
                    gate.await(Deadline.never(world.clock()));
                } finally {
                    gate.unlock();
                }
            });
            assertThat(waiter.isDone()).isFalse();
        });
    }

    private static Deadline soon(SimulatedWorld world) {
        return world.within(Duration.ofSeconds(20));
    }
}
