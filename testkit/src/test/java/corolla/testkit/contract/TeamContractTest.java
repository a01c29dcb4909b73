package corolla.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.compute.Team;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TeamContractTest {

    @ParameterizedTest
    @EnumSource
    void everyMemberRunsTheBodyOnce(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            Team team = one.team();
            AtomicIntegerArray runs = new AtomicIntegerArray(team.size());
            for (int i = 0; i < 100; i++) {
                team.run(
                        me -> {
                            assertThat(me.size()).isEqualTo(team.size());
                            runs.incrementAndGet(me.index());
                        },
                        Deadline.never(one.clock()));
            }
            for (int i = 0; i < team.size(); i++) {
                assertThat(runs.get(i)).isEqualTo(100);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void afterABarrierAllSeeWhatOthersWrote(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            int[] values = new int[one.team().size()];
            one.team()
                    .run(
                            me -> {
                                for (int round = 1; round <= 1000; round++) {
                                    values[me.index()] = round;
                                    me.barrier();
                                    for (int value : values) {
                                        if (value != round) {
                                            throw new AssertionError("round " + round + " sees " + value);
                                        }
                                    }
                                    me.barrier();
                                }
                            },
                            Deadline.never(one.clock()));
        });
    }

    @ParameterizedTest
    @EnumSource
    void theFirstFailureReleasesTheOthersAndComesToTheCaller(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            for (int i = 0; i < 20; i++) {
                assertThatThrownBy(() -> one.team()
                                .run(
                                        me -> {
                                            me.barrier();
                                            if (me.index() == 0) {
                                                throw new UnsupportedOperationException("member 0");
                                            }
                                            me.barrier();
                                        },
                                        Deadline.never(one.clock())))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessage("member 0");
                one.team().run(me -> me.barrier(), Deadline.never(one.clock()));
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void manyCallersTakeTurns(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger done = new AtomicInteger();
            try (TaskScope scope = one.tasks().open("callers")) {
                List<Task<?>> callers = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    callers.add(scope.run(
                            "caller " + i,
                            () -> one.team()
                                    .run(
                                            me -> {
                                                assertThat(inside.incrementAndGet())
                                                        .isLessThanOrEqualTo(me.size());
                                                me.barrier();
                                                inside.decrementAndGet();
                                                if (me.index() == 0) {
                                                    done.incrementAndGet();
                                                }
                                            },
                                            Deadline.after(one.clock(), Duration.ofSeconds(30)))));
                }
                for (Task<?> caller : callers) {
                    caller.await(Deadline.after(one.clock(), Duration.ofSeconds(30)));
                }
            }
            assertThat(done).hasValue(50);
        });
    }

    @ParameterizedTest
    @EnumSource
    void aDeadlineThatIsOverWhileOthersComputeFails(Twin twin) throws Exception {
        twin.run((one, _, _) -> {
            try (TaskScope scope = one.tasks().open("callers")) {
                List<Task<?>> callers = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    callers.add(scope.run(
                            "busy " + i, () -> one.team().run(TeamContractTest::busy, Deadline.never(one.clock()))));
                }
                one.clock().sleep(Duration.ofNanos(1000));
                Task<?> late = scope.run(
                        "late", () -> one.team().run(_ -> {}, Deadline.after(one.clock(), Duration.ofNanos(1000))));
                try {
                    late.await(Deadline.after(one.clock(), Duration.ofSeconds(30)));
                } catch (DeadlineException e) { // or it had luck: both are right, hanging is not
                    assertThat(e).hasMessageContaining("compute threads");
                }
                for (Task<?> caller : callers) {
                    caller.await(Deadline.after(one.clock(), Duration.ofSeconds(30)));
                }
                one.team().run(_ -> {}, Deadline.after(one.clock(), Duration.ofSeconds(30)));
            }
        });
    }

    private static void busy(corolla.base.compute.Member me) {
        for (int i = 0; i < 1000; i++) {
            me.barrier();
        }
    }
}
