package corolla.server.handler;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;

/** The latest finished steps of a session, to drop second copies. Confined to the session. */
final class StepIds {
    private final int max;
    private final Set<String> ids = new HashSet<>();
    private final ArrayDeque<String> order = new ArrayDeque<>();

    StepIds(int max) {
        this.max = max;
    }

    boolean contains(String id) {
        return ids.contains(id);
    }

    void add(String id) {
        if (!ids.add(id)) {
            return;
        }
        order.add(id);
        if (order.size() > max) {
            ids.remove(order.removeFirst());
        }
    }
}
