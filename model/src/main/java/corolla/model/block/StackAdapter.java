package corolla.model.block;

import java.lang.foreign.Arena;
import java.util.List;

/**
 * A LoRA adapter made ready for the blocks of one stack, in f32. Immutable, shared by all sessions. Owns its memory; close it
 * when no call with it runs, before the stack.
 */
public final class StackAdapter implements AutoCloseable {
    private final BlockStack stack;
    private final Arena arena;
    private final List<BlockAdapter> blocks;
    private final int rank;

    StackAdapter(BlockStack stack, Arena arena, List<BlockAdapter> blocks) {
        this.stack = stack;
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

    /** @throws IllegalArgumentException when it was made for another stack */
    void requireOf(BlockStack asked) {
        if (asked != stack) {
            throw new IllegalArgumentException(
                    "an adapter for other blocks: it was made for [" + stack.start() + ", " + stack.end() + ")");
        }
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("the adapter is closed");
        }
    }

    BlockAdapter block(int index) {
        return blocks.get(index - stack.start());
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
