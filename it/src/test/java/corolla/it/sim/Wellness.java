package corolla.it.sim;

import corolla.swarm.Span;
import corolla.testkit.SimulatedNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** Since when which machine has been left in peace: what tells a refusal that nobody could help from one that should not be. Confined. */
final class Wellness {
    /** A client has this long to find servers that are well: two periods in which views are read anew. */
    private static final Duration CONVALESCENCE = Duration.ofMinutes(2);

    private final LongSupplier now;
    private final Map<SimulatedNode, Health> all = new LinkedHashMap<>();
    private final Map<SimulatedNode, Span> spans = new LinkedHashMap<>();

    private static final class Health {
        private int harms;
        private long wellSince;
    }

    Wellness(LongSupplier now) {
        this.now = now;
    }

    void add(SimulatedNode machine) {
        Health health = new Health();
        health.wellSince = now.getAsLong();
        all.put(machine, health);
    }

    void addServer(SimulatedNode machine, Span span) {
        add(machine);
        spans.put(machine, span);
    }

    /** Something is wrong with a machine from now on. */
    void harm(SimulatedNode machine) {
        Health health = all.get(machine);
        if (health != null) {
            health.harms++;
        }
    }

    /** One of the things is over. */
    void heal(SimulatedNode machine) {
        Health health = all.get(machine);
        if (health != null) {
            health.harms--;
            health.wellSince = now.getAsLong();
        }
    }

    /** Whether a client, and for each block some server, have been well for long. */
    boolean isWell(SimulatedNode client) {
        return isWellFor(client) && unwell().isEmpty();
    }

    /** Blocks of which no holder has been well for long. */
    List<Integer> unwell() {
        List<Integer> blocks = new ArrayList<>();
        for (int block = 0; block < TinyModel.BLOCKS; block++) {
            Span one = new Span(block, block + 1);
            if (spans.entrySet().stream()
                    .noneMatch(server -> server.getValue().contains(one) && isWellFor(server.getKey()))) {
                blocks.add(block);
            }
        }
        return blocks;
    }

    boolean isHarmed(SimulatedNode machine) {
        Health health = all.get(machine);
        return health != null && health.harms > 0;
    }

    private boolean isWellFor(SimulatedNode machine) {
        Health health = all.get(machine);
        return health != null && health.harms == 0 && now.getAsLong() - health.wellSince > CONVALESCENCE.toNanos();
    }
}
