package corolla.it.chaos;

import corolla.base.time.Clock;
import corolla.swarm.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * When tokens came and servers were harmed, and what follows from it. Thread-safe.
 *
 * <p>A harm counts as a <em>hit</em> when it came to a server that an answer was using. Its <em>standstill</em> is the time until the end of
 * the first step that began after it: at most one step longer than the time to the next token. It is <em>bare</em> when during that time some
 * block had no server that was up, so that nobody could have answered sooner.
 */
final class Timeline {
    private final Clock clock;
    private final int blocks;
    private final List<Step> steps = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();

    /** One token. */
    private record Step(long begun, long ended) {}

    /** A server goes or comes back. */
    private record Change(long nanoTime, int server, Span span, boolean isUp, boolean isHit) {}

    /** What one hit cost. */
    record Hit(int server, Duration standstill, boolean isBare) {}

    Timeline(Clock clock, int blocks) {
        this.clock = clock;
        this.blocks = blocks;
    }

    /** A step has ended now that began then. */
    synchronized void stepped(long begun) {
        steps.add(new Step(begun, clock.nanoTime()));
    }

    /** A server serves from now on. */
    synchronized void up(int server, Span span) {
        changes.add(new Change(clock.nanoTime(), server, span, true, false));
    }

    /**
     * A server is harmed now.
     *
     * @param used the peers of the answer under way
     */
    synchronized void harmed(int server, Span span, String peer, Set<String> used) {
        changes.add(new Change(clock.nanoTime(), server, span, false, used.contains(peer)));
    }

    synchronized int harms() {
        return (int) changes.stream().filter(change -> !change.isUp).count();
    }

    /** Harms that came to a server in use. */
    synchronized int harmsInUse() {
        return (int) changes.stream().filter(Change::isHit).count();
    }

    /** Those that were survived until their next token. */
    synchronized List<Hit> hits() {
        var hits = new ArrayList<Hit>();
        for (Change change : changes) {
            if (!change.isHit) {
                continue;
            }
            steps.stream()
                    .filter(step -> step.begun - change.nanoTime > 0)
                    .findFirst()
                    .ifPresent(step -> hits.add(new Hit(
                            change.server,
                            Duration.ofNanos(step.ended - change.nanoTime),
                            isBareWithin(change.nanoTime, step.ended))));
        }
        return hits;
    }

    /** Whether some block had nobody at some time of an interval that begins with a harm. */
    private boolean isBareWithin(long from, long to) {
        Map<Integer, Span> up = new LinkedHashMap<>();
        for (Change change : changes) {
            if (change.nanoTime - to > 0) {
                return false;
            }
            if (change.isUp) {
                up.put(change.server, change.span);
            } else {
                up.remove(change.server);
            }
            if (change.nanoTime - from >= 0 && !coversAll(up)) {
                return true;
            }
        }
        return false;
    }

    private boolean coversAll(Map<Integer, Span> up) {
        for (int block = 0; block < blocks; block++) {
            int at = block;
            if (up.values().stream().noneMatch(span -> span.contains(at))) {
                return false;
            }
        }
        return true;
    }
}
