package corolla.base.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.compute.Team;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only the team of platform threads can get wrong; {@code TeamContractTest} of the testkit has the rest. */
@Timeout(120)
class CoreTeamTest {
    private final Clock clock = new SystemClock();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 30})
    void membersMeetAtEveryBarrierWhateverTheSize(int size) throws Exception {
        int rounds = 200;
        try (CoreTeam team = new CoreTeam(clock, size)) {
            long[] sums = new long[size];
            for (int run = 0; run < 20; run++) {
                team.run(me -> addNeighbours(me.index(), me.size(), sums, rounds, me::barrier), Deadline.never(clock));
            }
            long[] expected = new long[size];
            for (int run = 0; run < 20; run++) {
                for (int i = 0; i < rounds; i++) {
                    long[] next = expected.clone();
                    for (int member = 0; member < size; member++) {
                        next[member] += expected[(member + 1) % size] % 1000 + 1;
                    }
                    expected = next;
                }
            }
            assertThat(sums).containsExactly(expected);
        }
    }

    private static void addNeighbours(int index, int size, long[] sums, int rounds, Runnable barrier) {
        for (int i = 0; i < rounds; i++) {
            long neighbour = sums[(index + 1) % size];
            barrier.run();
            sums[index] += neighbour % 1000 + 1;
            barrier.run();
        }
    }

    @Test
    void aMemberThatLeavesOutABarrierIsAnErrorAndNoHang() throws Exception {
        try (CoreTeam team = new CoreTeam(clock, 3)) {
            for (int run = 0; run < 50; run++) {
                assertThatThrownBy(() -> team.run(
                                me -> {
                                    if (me.index() != 1) {
                                        me.barrier();
                                    }
                                },
                                Deadline.never(clock)))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("barrier");
                team.run(me -> me.barrier(), Deadline.never(clock));
            }
        }
    }

    @Test
    void aWaitingCallerCanBeInterruptedAndARunningOneIsFinishedFirst() throws Exception {
        try (CoreTeam team = new CoreTeam(clock, 2)) {
            CountDownLatch started = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            AtomicReference<Throwable> running = new AtomicReference<>();
            AtomicReference<Throwable> waiting = new AtomicReference<>();
            Thread first = Thread.ofVirtual()
                    .start(() -> running.set(failureOf(() -> team.run(
                            me -> {
                                started.countDown();
                                awaitUninterruptibly(release);
                            },
                            Deadline.never(clock)))));
            started.await();
            Thread second = Thread.ofVirtual()
                    .start(() -> waiting.set(failureOf(() -> team.run(me -> {}, Deadline.never(clock)))));
            second.interrupt();
            second.join();
            assertThat(waiting.get()).isInstanceOf(InterruptedException.class);

            first.interrupt();
            assertThat(first.join(Duration.ofMillis(20))).isFalse();
            release.countDown();
            first.join();
            assertThat(running.get()).isInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void aCallerWhoseTurnDoesNotComeInTimeGoesWithoutHavingRun() throws Exception {
        try (CoreTeam team = new CoreTeam(clock, 1)) {
            CountDownLatch started = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            Thread first = Thread.ofVirtual()
                    .start(() -> failureOf(() -> team.run(
                            me -> {
                                started.countDown();
                                awaitUninterruptibly(release);
                            },
                            Deadline.never(clock))));
            started.await();
            List<String> ran = new ArrayList<>();
            assertThatThrownBy(() -> team.run(_ -> ran.add("late"), Deadline.after(clock, Duration.ofMillis(20))))
                    .isInstanceOf(DeadlineException.class);
            release.countDown();
            first.join();
            team.run(_ -> {}, Deadline.never(clock));
            assertThat(ran).isEmpty();
        }
    }

    @Test
    void aFullQueueRefuses() throws Exception {
        try (CoreTeam team = new CoreTeam(clock, 1)) {
            CountDownLatch release = new CountDownLatch(1);
            BlockingQueue<Throwable> refusals = new LinkedBlockingQueue<>();
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < CoreTeam.JOBS_MAX + 2; i++) {
                callers.add(Thread.ofVirtual().start(() -> {
                    try {
                        team.run(_ -> awaitUninterruptibly(release), Deadline.never(clock));
                    } catch (IOException | InterruptedException e) {
                        refusals.add(e);
                    }
                }));
            }
            assertThat(refusals.take()).isInstanceOf(IOException.class).hasMessageContaining("queue is full");
            release.countDown();
            for (Thread caller : callers) {
                caller.join();
            }
        }
    }

    @Test
    void aBodyCannotHandABodyToItsOwnTeam() throws Exception {
        try (CoreTeam team = new CoreTeam(clock, 1)) {
            Team.Body nested = _ -> {
                Throwable failure = failureOf(() -> team.run(_ -> {}, Deadline.never(clock)));
                throw new IllegalStateException(failure);
            };
            assertThatThrownBy(() -> team.run(nested, Deadline.never(clock))).hasMessageContaining("its own team");
        }
    }

    @Test
    void aClosedTeamRefuses() {
        CoreTeam team = new CoreTeam(clock, 2);
        team.close();
        assertThatThrownBy(() -> team.run(_ -> {}, Deadline.never(clock)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    private interface Call {
        void run() throws Exception;
    }

    private static Throwable failureOf(Call call) {
        try {
            call.run();
            return new AssertionError("it ended well");
        } catch (Throwable e) {
            return e;
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean released = false;
        while (!released) {
            try {
                latch.await();
                released = true;
            } catch (InterruptedException _) {
                released = false;
            }
        }
    }
}
