package corolla.model.block;

import corolla.model.block.ProjectionPlan.Slot;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an adapter adds to one block. Immutable.
 *
 * @param parts by projection; none where it adds nothing
 * @param rank sum of the ranks of all parts
 */
record BlockAdapter(Map<Slot, LowRank> parts, int rank) {

    @Nullable
    LowRank of(Slot slot) {
        return parts.get(slot);
    }

    long bytes() {
        return parts.values().stream().mapToLong(LowRank::bytes).sum();
    }
}
