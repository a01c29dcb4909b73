package corolla.model.block;

import corolla.model.block.ProjectionPlan.Slot;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What an adapter adds to one block. Immutable.
 *
 * @param parts by projection; none where it adds nothing
 * @param experts by projection of experts, likewise
 * @param rank how many numbers the products of low rank of one row are
 */
record BlockAdapter(Map<Slot, LowRank> parts, Map<Slot, ExpertLowRanks> experts, int rank) {

    @Nullable
    LowRank of(Slot slot) {
        return parts.get(slot);
    }

    @Nullable
    ExpertLowRanks experts(Slot slot) {
        return experts.get(slot);
    }

    long bytes() {
        return LongStream.concat(
                        parts.values().stream().mapToLong(LowRank::bytes),
                        experts.values().stream().mapToLong(ExpertLowRanks::bytes))
                .sum();
    }
}
