package corolla.model.block;

import corolla.model.family.AttentionConfig;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The order of rows in BLOOM's and Falcon's tensor of queries, keys and values: groups of some query heads, a key and a value.
 * Immutable.
 *
 * @param groups how many
 * @param heads query heads of a group
 * @param headSize rows of a head
 */
record GroupedRows(int groups, int heads, int headSize) {

    static GroupedRows of(AttentionConfig attention) {
        int groups = attention.keyValueHeads();
        return new GroupedRows(groups, attention.heads() / groups, attention.headSize());
    }

    /** All queries, all keys, all values; a single group is that already. */
    Tensor sorted(Tensor grouped, Arena arena) {
        if (groups == 1) {
            return grouped;
        }
        long headBytes = headSize * grouped.rowBytes();
        Tensor sorted = Tensor.allocate(arena, grouped.dtype(), grouped.shape().toArray());
        for (int group = 0; group < groups; group++) {
            long from = group * (heads + 2L) * headBytes;
            long key = (long) groups * heads + group;
            copy(grouped, from, sorted, (long) group * heads * headBytes, heads * headBytes);
            copy(grouped, from + heads * headBytes, sorted, key * headBytes, headBytes);
            copy(grouped, from + (heads + 1) * headBytes, sorted, (key + groups) * headBytes, headBytes);
        }
        return sorted;
    }

    private static void copy(Tensor from, long at, Tensor to, long toAt, long bytes) {
        MemorySegment.copy(from.data(), at, to.data(), toAt, bytes);
    }
}
