package corolla.server.handler;

import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.swarm.Span;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which blocks requests may use now, and who uses some. Thread-safe.
 *
 * <p>Before blocks are given up, {@link #narrow} shuts the door to them: new requests are refused, sessions that run are told ({@link
 * #secondsLeft}), {@link #awaitUnused} waits for them to end, and {@link #cut} ends those that have not. Whoever uses only blocks that stay
 * notices nothing.
 */
public final class ServedBlocks {
    private final Clock clock;
    private final Gate gate;
    private final Set<Use> uses = new LinkedHashSet<>(); // as many as quotas let in; guarded by gate
    private @Nullable Span open; // guarded by gate
    private volatile @Nullable Leaving leaving;

    /**
     * What becomes of blocks that are no longer open.
     *
     * @param kept what stays open, or null
     * @param deadline when those that use the others are cut
     * @param why for refusals
     */
    private record Leaving(@Nullable Span kept, Deadline deadline, String why) {
        boolean concerns(Span span) {
            return kept == null || !kept.contains(span);
        }
    }

    /** Nothing is served yet. */
    public ServedBlocks(Clock clock) {
        this.clock = clock;
        this.gate = new Gate(clock);
    }

    /** All of {@code span} is served from now on, and nothing else. */
    public void open(Span span) {
        gate.lock();
        try {
            open = span;
            leaving = null;
        } finally {
            gate.unlock();
        }
    }

    /**
     * Shuts the door to all blocks but some.
     *
     * @param kept within what is open, or null
     * @param deadline when sessions on the others are cut, for them to know
     * @param why for refusals: {@code is moving to other blocks}
     */
    public void narrow(@Nullable Span kept, Deadline deadline, String why) {
        gate.lock();
        try {
            open = kept;
            leaving = new Leaving(kept, deadline, why);
        } finally {
            gate.unlock();
        }
    }

    /** What is served; empty when nothing is. */
    public Optional<Span> span() {
        gate.lock();
        try {
            return Optional.ofNullable(open);
        } finally {
            gate.unlock();
        }
    }

    /** Whether all of {@code span} is served. */
    boolean contains(Span span) {
        return span().filter(now -> now.contains(span)).isPresent();
    }

    /** How many seconds a session on {@code span} has left; empty when it may stay. Cheap: asked at each step. */
    OptionalDouble secondsLeft(Span span) {
        Leaving now = leaving;
        if (now == null || !now.concerns(span)) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(now.deadline.remaining(clock).toMillis() / 1000.0);
    }

    /** Why {@code what} is refused. */
    RequestException refusal(String what) {
        Leaving now = leaving;
        return new RequestException(
                "Remote peer does not serve " + what + (now == null ? "" : " any longer: it " + now.why));
    }

    /**
     * The calling thread begins to use blocks: their memory stays until it closes this.
     *
     * @throws RequestException when not all are served
     */
    Use enter(Span span) throws RequestException {
        gate.lock();
        try {
            if (open == null || !open.contains(span)) {
                throw refusal("blocks " + span);
            }
            Use use = new Use(span, Thread.currentThread());
            uses.add(use);
            return use;
        } finally {
            gate.unlock();
        }
    }

    /** Waits until nobody uses blocks that are not open. Returns whether that is so. */
    public boolean awaitUnused(Deadline deadline) throws InterruptedException {
        gate.lock();
        try {
            while (isUsed() && gate.await(deadline)) {
                // somebody has left: look again
            }
            return !isUsed();
        } finally {
            gate.unlock();
        }
    }

    private boolean isUsed() {
        Leaving now = leaving;
        return now != null && uses.stream().anyMatch(use -> now.concerns(use.span));
    }

    /** Interrupts whoever uses blocks that are not open, and gives them time to end. Returns whether all have. */
    public boolean cut(Duration time) throws InterruptedException {
        gate.lock();
        try {
            Leaving now = leaving;
            uses.stream().filter(use -> now != null && now.concerns(use.span)).forEach(Use::cut);
        } finally {
            gate.unlock();
        }
        return awaitUnused(Deadline.after(clock, time));
    }

    /** Somebody's use of some blocks. Closed once, by the thread that entered. */
    final class Use implements AutoCloseable {
        private final Span span;
        private final Thread thread;
        private volatile boolean wasCut;

        private Use(Span span, Thread thread) {
            this.span = span;
            this.thread = thread;
        }

        private void cut() {
            wasCut = true;
            thread.interrupt();
        }

        /** Whether an interruption was this. */
        boolean wasCut() {
            return wasCut;
        }

        @Override
        public void close() {
            gate.lock();
            try {
                uses.remove(this);
                gate.signalAll();
            } finally {
                gate.unlock();
            }
        }
    }
}
