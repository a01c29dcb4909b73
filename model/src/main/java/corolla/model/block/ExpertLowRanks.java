package corolla.model.block;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an adapter adds to one projection of a block's experts. Immutable.
 *
 * @param parts by expert; none where it adds nothing
 * @param rank the largest of an expert's
 * @param at where a row's products of low rank stand among those of the whole block's: {@code rank} for each of its choices
 */
record ExpertLowRanks(Map<Integer, LowRank> parts, int rank, int at) {

    @Nullable
    LowRank of(int expert) {
        return parts.get(expert);
    }

    long bytes() {
        return parts.values().stream().mapToLong(LowRank::bytes).sum();
    }
}
