package corolla.model.block;

import corolla.tensor.KernelMemory;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Scratch that waits to be leased again, so that a step allocates none. Thread-safe. Keeps a few; what is given back
 * beyond is freed.
 */
final class ScratchPool implements AutoCloseable {
    private static final int KEPT_MAX = 4; // calls are prepared while another runs; more wait in the team's queue

    private final KernelMemory memory;
    private final BlockSizes sizes;
    private final Deque<Scratch> free = new ArrayDeque<>(); // guarded by this
    private boolean closed; // guarded by this
    private int rankMax; // guarded by this

    ScratchPool(KernelMemory memory, BlockSizes sizes) {
        this.memory = memory;
        this.sizes = sizes;
    }

    /**
     * Scratch for {@code rows} rows or more; give it back.
     *
     * @param rank sum of an adapter's ranks in a block, or 0
     */
    Scratch lease(int rows, int rank) {
        Scratch small;
        int rankNeeded;
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("blocks are closed");
            }
            Scratch scratch = free.pollFirst();
            if (scratch != null
                    && scratch.rowsMax() >= rows
                    && scratch.lowRank().columns() >= rank) {
                return scratch;
            }
            rankMax = Math.max(rankMax, rank);
            rankNeeded = rankMax; // new ones fit all sessions, whichever adapter they have
            small = scratch;
        }
        if (small != null) {
            small.close();
        }
        return Scratch.allocate(memory, sizes, Math.max(8, Integer.highestOneBit(2 * rows - 1)), rankNeeded);
    }

    void giveBack(Scratch scratch) {
        synchronized (this) {
            if (!closed && free.size() < KEPT_MAX) {
                free.addFirst(scratch);
                return;
            }
        }
        scratch.close();
    }

    @Override
    public synchronized void close() {
        closed = true;
        free.forEach(Scratch::close);
        free.clear();
    }
}
