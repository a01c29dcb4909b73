package corolla.server.adapter;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What to do after each look at a folder of adapters. A subfolder is acted upon when two looks in a row find it the same: it may be just
 * being copied. Pure; confined to its watcher.
 */
final class FolderChanges {
    private Map<String, Stamp> seen = Map.of();
    private final Map<String, Stamp> done = new LinkedHashMap<>(); // loaded, or tried in vain

    /**
     * Which version of an adapter's files there is: sizes, and times of change in milliseconds; -1 for a file that is missing.
     */
    record Stamp(long configBytes, long configMillis, long weightBytes, long weightMillis) {}

    /** What to do. */
    sealed interface Change {
        /** There is a new adapter, or a new version of one. */
        record Load(String name) implements Change {}

        /** An adapter is gone. */
        record Remove(String name) implements Change {}
    }

    /** @param now the subfolders that a look has found, by name, in an order that does not depend on chance */
    List<Change> next(Map<String, Stamp> now) {
        var changes = new ArrayList<Change>();
        for (String name : List.copyOf(done.keySet())) {
            if (!now.containsKey(name)) {
                done.remove(name);
                changes.add(new Change.Remove(name));
            }
        }
        now.forEach((name, stamp) -> {
            if (stamp.equals(seen.get(name)) && !stamp.equals(done.get(name))) {
                done.put(name, stamp);
                changes.add(new Change.Load(name));
            }
        });
        seen = Map.copyOf(now);
        return changes;
    }
}
