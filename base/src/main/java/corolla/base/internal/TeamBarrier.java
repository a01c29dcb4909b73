package corolla.base.internal;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Where the members of a team meet: a decode step of a small model does so some hundred times, a few microseconds apart. Who
 * comes early looks at the generation for a while, then parks; who comes last starts the next generation and wakes those that
 * parked. Thread-safe.
 */
final class TeamBarrier {
    /** Longer than a member that lost its core for a moment takes to get it back: who parks gives its own core away as well. */
    private static final long SPIN_NANOS = 2_000_000;

    // Each counter has cache lines of its own, else those that look at one slow down those that change another.
    private static final int ARRIVED = 16;
    private static final int GENERATION = 32;
    private static final int ASLEEP = 48;

    private final int size;
    private final boolean spin;
    private final AtomicLongArray counters = new AtomicLongArray(64);
    private final AtomicReferenceArray<@Nullable Thread> sleepers;
    private volatile @Nullable TeamJob job;

    TeamBarrier(int size, boolean spin) {
        this.size = size;
        this.spin = spin;
        this.sleepers = new AtomicReferenceArray<>(size);
    }

    /** A member begins this body. */
    void enter(TeamJob next) {
        job = next;
    }

    /** A member has left its body: whoever sleeps here must see that. */
    void leave() {
        wakeSleepers();
    }

    /** After the last member has left: forgets those that came here before another failed. */
    void reset() {
        counters.set(ARRIVED, 0);
    }

    void await(TeamMember me) {
        long generation = counters.get(GENERATION);
        if (counters.incrementAndGet(ARRIVED) == size) {
            counters.set(ARRIVED, 0);
            counters.set(GENERATION, generation + 1);
            wakeSleepers();
            return;
        }
        long end = System.nanoTime() + SPIN_NANOS;
        while (isWaiting(generation)) {
            if (spin && System.nanoTime() - end < 0) {
                Thread.onSpinWait();
            } else {
                sleep(me, generation);
            }
        }
    }

    private void sleep(TeamMember me, long generation) {
        sleepers.set(me.index(), me);
        counters.incrementAndGet(ASLEEP);
        try {
            if (isWaiting(generation)) {
                LockSupport.park(this);
            }
        } finally {
            counters.decrementAndGet(ASLEEP);
            sleepers.set(me.index(), null);
        }
    }

    /** Whether this generation goes on; throws when it can never end. */
    private boolean isWaiting(long generation) {
        if (counters.get(GENERATION) != generation) {
            return false;
        }
        TeamJob body = job;
        if (body == null || !body.someoneLeft(size)) {
            return true;
        }
        // Read in this order: a member fails, or completes the generation, before it leaves.
        boolean failed = body.hasFailed();
        if (counters.get(GENERATION) != generation) {
            return false;
        }
        throw new IllegalStateException(
                failed
                        ? "another member of the team failed"
                        : "another member has left the body without this barrier: all members must come to all barriers");
    }

    private void wakeSleepers() {
        if (counters.get(ASLEEP) == 0) {
            return;
        }
        for (int i = 0; i < size; i++) {
            Thread sleeper = sleepers.get(i);
            if (sleeper != null) {
                LockSupport.unpark(sleeper);
            }
        }
    }
}
