package corolla.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The two facts about this JDK on which simulation stands. When a new JDK breaks one, this fails first and says which. */
class JdkFactsTest {

    /** Runs nothing by itself: the test runs what it has been given. */
    private static final class Recorder extends ForkJoinPool {
        final List<Runnable> ready = new ArrayList<>();
        final List<Runnable> armed = new ArrayList<>();
        long delayNanos;

        Recorder() {
            super(1);
        }

        @Override
        public void execute(Runnable task) {
            ready.add(task);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            armed.add(task);
            delayNanos = unit.toNanos(delay);
            Loop never = new Loop(0, 1, new Trace(false));
            return new Alarm(never, delayNanos, 0, task);
        }
    }

    @Test
    void virtualThreadsRunOnASchedulerOfOurs() {
        Recorder scheduler = new Recorder();
        List<String> done = new ArrayList<>();

        SimulatedThreads.unstarted(
                        scheduler, "ours", () -> done.add(Thread.currentThread().getName()))
                .start();

        assertThat(done).isEmpty();
        assertThat(scheduler.ready).hasSize(1);
        scheduler.ready.removeFirst().run();
        assertThat(done).containsExactly("ours");
    }

    @Test
    void timedParksAreArmedOnASchedulerThatIsAForkJoinPool() {
        Recorder scheduler = new Recorder();
        Thread thread = SimulatedThreads.unstarted(scheduler, "parks", () -> LockSupport.parkNanos(1_000_000_000_000L));
        thread.start();

        scheduler.ready.removeFirst().run();

        assertThat(scheduler.armed).hasSize(1);
        assertThat(scheduler.delayNanos).isEqualTo(1_000_000_000_000L);
        scheduler.armed.getFirst().run();
        scheduler.ready.removeFirst().run();
        assertThat(thread.getState()).isEqualTo(Thread.State.TERMINATED);
    }
}
