package corolla.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.Environment;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TaskScopeContractTest {

    @ParameterizedTest
    @EnumSource
    void aTaskHasItsBodysResult(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            try (TaskScope scope = one.tasks().open("scope")) {
                assertThat(scope.fork("answer", () -> 42).await(soon(one))).isEqualTo(42);
                assertThat(scope.run("nothing", () -> {}).await(soon(one))).isNull();
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void exceptionsComeAsTheyAreAndOtherCheckedOnesWrapped(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            IOException network = new IOException("network");
            try (TaskScope scope = one.tasks().open("scope")) {
                Task<Object> broken = scope.fork("broken", () -> {
                    throw network;
                });
                Task<Object> wrong = scope.fork("wrong", () -> {
                    throw new IllegalStateException("bug");
                });
                Task<Object> other = scope.fork("other", () -> {
                    throw new GeneralSecurityException("key");
                });
                assertThatThrownBy(() -> broken.await(soon(one))).isSameAs(network);
                assertThatThrownBy(() -> wrong.await(soon(one))).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> other.await(soon(one)))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("other")
                        .hasCauseInstanceOf(GeneralSecurityException.class);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void awaitingEndsAtItsDeadlineAndTheTaskGoesOn(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            try (TaskScope scope = one.tasks().open("scope")) {
                Task<String> slow = scope.fork("slow", () -> {
                    one.clock().sleep(Duration.ofMillis(50));
                    return "done";
                });
                assertThatThrownBy(() -> slow.await(Deadline.after(one.clock(), Duration.ofMillis(5))))
                        .isInstanceOf(DeadlineException.class)
                        .hasMessageContaining("slow");
                assertThat(slow.await(soon(one))).isEqualTo("done");
                assertThat(slow.isDone()).isTrue();
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void closingInterruptsAllAndWaitsForTheirEnd(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            List<String> events = new CopyOnWriteArrayList<>();
            TaskScope scope = one.tasks().open("scope");
            for (int i = 0; i < 3; i++) {
                scope.run("sleeper " + i, () -> {
                    try {
                        one.clock().sleep(Duration.ofDays(1));
                    } finally {
                        events.add("ended");
                    }
                });
            }
            one.clock().sleep(Duration.ofMillis(5));
            scope.close();
            assertThat(events).containsExactly("ended", "ended", "ended");
            scope.close();
            assertThatThrownBy(() -> scope.run("late", () -> {}))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("late");
        });
    }

    @ParameterizedTest
    @EnumSource
    void tasksForkTasksIntoTheirOwnScope(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            List<String> events = new CopyOnWriteArrayList<>();
            try (TaskScope scope = one.tasks().open("scope")) {
                scope.fork("parent", () -> scope.run("child", () -> events.add("child ran")))
                        .await(soon(one))
                        .await(soon(one));
            }
            assertThat(events).containsExactly("child ran");
        });
    }

    @ParameterizedTest
    @EnumSource
    void aTaskMayCloseItsOwnScope(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            TaskScope scope = one.tasks().open("scope");
            Task<?> sleeper = scope.run("sleeper", () -> one.clock().sleep(Duration.ofDays(1)));
            Task<?> second = scope.run("second closer", () -> {
                try {
                    one.clock().sleep(Duration.ofDays(1));
                } finally {
                    scope.close();
                }
            });
            Task<?> closer = scope.run("closer", scope::close);

            assertThatThrownBy(() -> sleeper.await(soon(one))).isInstanceOf(CancellationException.class);
            assertThatThrownBy(() -> second.await(soon(one))).isInstanceOf(CancellationException.class);
            closer.await(soon(one));
            scope.close();
        });
    }

    @ParameterizedTest
    @EnumSource
    void aTaskThatEndsWellInSpiteOfCancellationHasItsResult(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            try (TaskScope scope = one.tasks().open("scope")) {
                Task<String> stubborn = scope.fork("stubborn", () -> {
                    try {
                        one.clock().sleep(Duration.ofDays(1));
                        return "slept";
                    } catch (InterruptedException _) {
                        return "woken";
                    }
                });
                one.clock().sleep(Duration.ofMillis(5));
                stubborn.cancel();
                assertThat(stubborn.await(soon(one))).isEqualTo("woken");
            }
        });
    }

    private static Deadline soon(Environment environment) {
        return Deadline.after(environment.clock(), Duration.ofSeconds(20));
    }
}
