package corolla.p2p.host;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What peers say they serve, each answer once: thousands of peers say the same, in the same order, and each name of it would be kept
 * for each connection. Bounded: the answer that was given longest ago is forgotten. Thread-safe.
 */
final class ProtocolLists {
    /** More kinds of peers than a swarm has. */
    private static final int ANSWERS_MAX = 64;

    private final Object lock = new Object();

    /** In the order of last use. */
    @GuardedBy("lock")
    private final LinkedHashMap<List<String>, Set<String>> answers = new LinkedHashMap<>(16, 0.75f, true);

    /** The set of these names, in their order, which does not change any more. */
    Set<String> shared(List<String> protocols) {
        synchronized (lock) {
            Set<String> known = answers.get(protocols);
            if (known == null) {
                known = Collections.unmodifiableSet(new LinkedHashSet<>(protocols));
                answers.put(List.copyOf(protocols), known);
                forgetEldest();
            }
            return known;
        }
    }

    @GuardedBy("lock")
    private void forgetEldest() {
        var eldest = answers.keySet().iterator();
        while (answers.size() > ANSWERS_MAX && eldest.hasNext()) {
            eldest.next();
            eldest.remove();
        }
    }
}
