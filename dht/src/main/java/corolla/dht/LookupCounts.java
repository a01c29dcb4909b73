package corolla.dht;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.List;
import java.util.stream.LongStream;

/** Counts what the look-ups of one node took. Thread-safe. */
final class LookupCounts {
    /** Longer ways are counted as this long: a look-up of a swarm of a million takes some ten hops at most. */
    static final int HOPS_MAX = 32;

    private final Object lock = new Object();

    @GuardedBy("lock")
    private final long[] foundAfterHops = new long[HOPS_MAX + 1];

    @GuardedBy("lock")
    private long lookups;

    @GuardedBy("lock")
    private long requests;

    @GuardedBy("lock")
    private long requestsFailed;

    /**
     * What one look-up took.
     *
     * @param hops to the first value of each key that was found elsewhere
     */
    record Outcome(int requests, int requestsFailed, List<Integer> hops) {}

    /** Keys were found at home, and nobody was asked for them. */
    void addFoundAtHome(int keys) {
        synchronized (lock) {
            foundAfterHops[0] += keys;
        }
    }

    void add(Outcome outcome) {
        synchronized (lock) {
            lookups++;
            requests += outcome.requests;
            requestsFailed += outcome.requestsFailed;
            outcome.hops.forEach(hops -> foundAfterHops[Math.min(hops, HOPS_MAX)]++);
        }
    }

    DhtNode.Lookups sum() {
        synchronized (lock) {
            return new DhtNode.Lookups(
                    lookups,
                    requests,
                    requestsFailed,
                    LongStream.of(foundAfterHops).boxed().toList());
        }
    }
}
