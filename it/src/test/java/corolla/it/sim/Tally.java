package corolla.it.sim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What became of the questions of one swarm. Confined to its world. */
final class Tally {
    /** Kept of one swarm. */
    private static final int REFUSALS_MAX = 100;

    private final Map<Fate.Kind, Integer> harms = new TreeMap<>();
    private final List<String> refusals = new ArrayList<>();
    private int right;
    private int refused;
    private int avoidable;
    private int tokens;
    private long standstillNanos;

    void right(int count) {
        right++;
        tokens += count;
    }

    /** @param isAvoidable whether servers of all blocks were well all the time, and the client too */
    void refused(String why, boolean isAvoidable) {
        refused++;
        avoidable += isAvoidable ? 1 : 0;
        if (refusals.size() < REFUSALS_MAX) {
            refusals.add((isAvoidable ? "AVOIDABLE " : "") + why);
        }
    }

    void pause(long nanos) {
        standstillNanos = Math.max(standstillNanos, nanos);
    }

    void harmed(Fate.Kind kind) {
        harms.merge(kind, 1, Integer::sum);
    }

    Duration longestPause() {
        return Duration.ofNanos(standstillNanos);
    }

    int answered() {
        return right;
    }

    int refusedCount() {
        return refused;
    }

    int avoidableCount() {
        return avoidable;
    }

    List<String> refusals() {
        return List.copyOf(refusals);
    }

    @Override
    public String toString() {
        return "right=" + right + " refused=" + refused + " avoidable=" + avoidable + " tokens=" + tokens
                + " longestPauseMs=" + standstillNanos / 1_000_000 + " harms=" + harms;
    }
}
