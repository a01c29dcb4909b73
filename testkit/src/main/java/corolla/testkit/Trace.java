package corolla.testkit;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happened, as one number, and on wish as a list to compare with another run. Confined to the loop. */
final class Trace {
    /** Entries kept of one run: enough for a minute of a small swarm. */
    private static final int ENTRIES_MAX = 2_000_000;

    private final @Nullable List<String> entries;
    private long hash = 17;

    /** @param keep whether the entries themselves are wanted */
    Trace(boolean keep) {
        entries = keep ? new ArrayList<>() : null;
    }

    void step(long now, int pick, String thread) {
        mix(now);
        mix(pick);
        mix(thread.hashCode());
        if (entries != null && entries.size() < ENTRIES_MAX) {
            entries.add(now + " ns: runs " + thread + " (choice " + pick + ")");
        }
    }

    void note(long now, String what, long detail) {
        mix(now);
        mix(what.hashCode());
        mix(detail);
        if (entries != null && entries.size() < ENTRIES_MAX) {
            entries.add(now + " ns: " + what + " " + Long.toHexString(detail));
        }
    }

    long hash() {
        return hash;
    }

    List<String> entries() {
        return entries == null ? List.of() : List.copyOf(entries);
    }

    private void mix(long value) {
        hash = (hash ^ value) * 0x9E37_79B9_7F4A_7C15L;
        hash ^= hash >>> 32;
    }
}
