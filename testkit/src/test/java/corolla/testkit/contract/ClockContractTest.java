package corolla.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.task.Gate;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClockContractTest {

    @ParameterizedTest
    @EnumSource
    void sleepingTakesThatTime(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            long start = one.clock().nanoTime();
            Instant startOfWall = one.clock().now();

            one.clock().sleep(Duration.ofMillis(20));

            assertThat(one.clock().nanoTime() - start).isGreaterThanOrEqualTo(20_000_000);
            assertThat(one.clock().now()).isAfterOrEqualTo(startOfWall.plusMillis(15));
        });
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptionEndsASleep(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            try (TaskScope scope = one.tasks().open("sleepers")) {
                Task<?> sleeper = scope.run("sleeper", () -> one.clock().sleep(Duration.ofDays(1)));
                one.clock().sleep(Duration.ofMillis(5));
                sleeper.cancel();
                assertThatThrownBy(() -> sleeper.await(Deadline.after(one.clock(), Duration.ofSeconds(20))))
                        .isInstanceOf(CancellationException.class);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void aGateWaitsUntilItsDeadline(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            Gate gate = new Gate(one.clock());
            Deadline deadline = Deadline.after(one.clock(), Duration.ofMillis(20));
            gate.lock();
            try {
                assertThat(gate.await(deadline)).isFalse();
            } finally {
                gate.unlock();
            }
            assertThat(deadline.isOver(one.clock())).isTrue();
        });
    }

    @ParameterizedTest
    @EnumSource
    void aSignalWakesAllThatWaitAtAGate(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            Gate gate = new Gate(one.clock());
            boolean[] open = new boolean[1];
            try (TaskScope scope = one.tasks().open("waiters")) {
                Task<?>[] waiters = new Task<?>[5];
                for (int i = 0; i < waiters.length; i++) {
                    waiters[i] = scope.run("waiter " + i, () -> {
                        gate.lock();
                        try {
                            while (!open[0]) {
                                gate.await(Deadline.never(one.clock()));
                            }
                        } finally {
                            gate.unlock();
                        }
                    });
                }
                one.clock().sleep(Duration.ofMillis(5));
                gate.lock();
                open[0] = true;
                gate.signalAll();
                gate.unlock();
                for (Task<?> waiter : waiters) {
                    waiter.await(Deadline.after(one.clock(), Duration.ofSeconds(20)));
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void whoGaveUpWaitingLeavesTheOthersInTheGate(Twin twin) throws Exception {
        for (int impatient = 0b000; impatient <= 0b111; impatient++) { // of three waiters, those whose bit is set
            int mask = impatient;
            twin.run((one, _, _) -> {
                Gate gate = new Gate(one.clock());
                List<Task<Boolean>> waiters = new ArrayList<>();
                try (TaskScope scope = one.tasks().open("waiters")) {
                    for (int i = 0; i < 3; i++) {
                        Duration patience = (mask >> i & 1) == 1 ? Duration.ofMillis(1) : Duration.ofSeconds(60);
                        waiters.add(scope.fork(
                                "waiter " + i, () -> waitAt(gate, Deadline.after(one.clock(), patience))));
                    }
                    one.clock().sleep(Duration.ofMillis(5));
                    for (int i = 0; i < 3; i++) {
                        if ((mask >> i & 1) == 1) {
                            assertThat(waiters.get(i).await(Deadline.after(one.clock(), Duration.ofSeconds(20))))
                                    .isFalse();
                        }
                    }
                    gate.lock();
                    gate.signalAll();
                    gate.unlock();
                    for (int i = 0; i < 3; i++) {
                        assertThat(waiters.get(i).await(Deadline.after(one.clock(), Duration.ofSeconds(20))))
                                .isEqualTo((mask >> i & 1) == 0);
                    }
                }
            });
        }
    }

    private static boolean waitAt(Gate gate, Deadline deadline) throws InterruptedException {
        gate.lock();
        try {
            return gate.await(deadline);
        } finally {
            gate.unlock();
        }
    }
}
