package corolla.model.block;

import java.lang.foreign.Arena;
import java.util.List;

/**
 * A LoRA adapter made ready for the blocks of one stack, in f32. Where the stack is narrowed or extended, it goes on with those that stay. Immutable, shared by all sessions. Owns its memory; close it
 * when no call with it runs, before the stack.
 */
public final class StackAdapter implements AutoCloseable {
    private final int start;
    private final List<BlockWeights> adapted; // one for each block
    private final Arena arena;
    private final List<BlockAdapter> blocks;
    private final int rank;

    /**
     * Takes over what was read.
     *
     * @param start the first block
     * @param adapted the blocks that it was read for; borrowed, to recognise them
     */
    StackAdapter(int start, List<BlockWeights> adapted, Arena arena, List<BlockAdapter> blocks) {
        this.start = start;
        this.adapted = List.copyOf(adapted);
        this.arena = arena;
        this.blocks = List.copyOf(blocks);
        this.rank = blocks.stream().mapToInt(BlockAdapter::rank).max().orElse(0);
    }

    /** Memory that it takes. */
    public long bytes() {
        return blocks.stream().mapToLong(BlockAdapter::bytes).sum();
    }

    /** Blocks of the stack that it changes. */
    public int blockCount() {
        return Math.toIntExact(blocks.stream().filter(block -> block.rank() > 0).count());
    }

    /** The largest sum of ranks in a block. */
    int rank() {
        return rank;
    }

    /**
     * Checks that it fits some blocks: those that it was made for, whichever stack has them now.
     *
     * @throws IllegalArgumentException when it was made for others
     */
    void requireFor(BlockStack asked, int from, int to) {
        for (int block = from; block < to; block++) {
            int at = block - start;
            boolean fits = at >= 0 && at < adapted.size() && adapted.get(at).equals(asked.weights(block));
            if (!fits) {
                throw new IllegalArgumentException("an adapter for other blocks: it was made for [" + start + ", "
                        + (start + adapted.size()) + ")");
            }
        }
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("the adapter is closed");
        }
    }

    BlockAdapter block(int index) {
        return blocks.get(index - start);
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
