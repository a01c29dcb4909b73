package corolla.testkit;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Tells, in real time, when the loop makes no step: code that spins, waits inside a class initialiser, or blocks in native code
 * hangs a whole simulation, and nothing in virtual time can notice. Prints stacks; thread-safe.
 */
final class LoopWatchdog implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LoopWatchdog.class.getName());

    private final Loop loop;
    private final long seed;
    private final CountDownLatch closed = new CountDownLatch(1);

    LoopWatchdog(Loop loop, long seed, long periodSeconds) {
        this.loop = loop;
        this.seed = seed;
        Thread.ofPlatform().daemon().name("watchdog of simulation " + seed).start(() -> watch(periodSeconds));
    }

    private void watch(long periodSeconds) {
        try {
            long seen = -1;
            while (!closed.await(periodSeconds, TimeUnit.SECONDS)) {
                long switches = loop.switches();
                if (switches == seen) {
                    report(periodSeconds);
                }
                seen = switches;
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "watchdog interrupted", e);
        }
    }

    private void report(long periodSeconds) {
        Thread current = loop.current();
        StringBuilder text = new StringBuilder("simulation with seed " + seed + " has made no step for " + periodSeconds
                + " s of real time; running: " + (current == null ? "nobody" : current.getName()));
        append(text, current == null ? loop.carrier() : current);
        append(text, loop.carrier());
        LOG.log(System.Logger.Level.ERROR, text.toString());
    }

    private static void append(StringBuilder text, Thread thread) {
        text.append("\n  stack of ").append(thread.getName());
        for (StackTraceElement frame : thread.getStackTrace()) {
            text.append("\n    at ").append(frame);
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
