package corolla.testkit;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Tells, in real time, when the loop makes no step: code that spins, waits inside a class initialiser, or blocks in native code
 * hangs a whole simulation, and nothing in virtual time can notice. Prints stacks; thread-safe.
 */
final class LoopWatchdog implements AutoCloseable {
    private final Loop loop;
    private final long seed;
    private final Duration period;
    private final Consumer<String> report;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** @param period real time without a step after which {@code report} is told the stacks, again and again */
    LoopWatchdog(Loop loop, long seed, Duration period, Consumer<String> report) {
        this.loop = loop;
        this.seed = seed;
        this.period = period;
        this.report = report;
        Thread.ofPlatform().daemon().name("watchdog of simulation " + seed).start(this::watch);
    }

    private void watch() {
        try {
            long seen = -1;
            while (!closed.await(period.toMillis(), TimeUnit.MILLISECONDS)) {
                long switches = loop.switches();
                if (switches == seen) {
                    report.accept(stacks());
                }
                seen = switches;
            }
        } catch (InterruptedException e) {
            report.accept("watchdog of simulation " + seed + " was interrupted: " + e);
        }
    }

    private String stacks() {
        Thread current = loop.current();
        StringBuilder text = new StringBuilder("simulation with seed " + seed + " has made no step for " + period
                + " of real time; running: " + (current == null ? "nobody" : current.getName()));
        append(text, current == null ? loop.carrier() : current);
        append(text, loop.carrier());
        return text.toString();
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
