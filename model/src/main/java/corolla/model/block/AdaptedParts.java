package corolla.model.block;

import corolla.model.block.ProjectionPlan.Slot;
import corolla.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of a chunk have which adapter in one block, and where their products of low rank are kept. Immutable; the memory
 * is scratch.
 *
 * @param rows those that have one
 * @param memory f32, at least (rows of the chunk, the largest rank)
 * @param gradient f32: as much as the inputs of any projection for all rows; null in a forward
 */
record AdaptedParts(
        List<Rows> rows, Tensor memory, @Nullable Tensor gradient) {

    /**
     * Some rows with one adapter.
     *
     * @param start first row
     * @param end row after the last
     * @param at where their memory begins, in elements
     */
    record Rows(int start, int end, BlockAdapter adapter, long at) {

        /** How many; a piece of a backward has fewer than its memory would take. */
        int count(long ofRows) {
            return (int) Math.min(end, ofRows) - start;
        }

        /** These rows of a tensor of the chunk's. */
        Tensor of(Tensor tensor) {
            int count = count(tensor.rows());
            return count == tensor.rows() ? tensor : tensor.slice(start, start + count);
        }
    }

    /** Of a chunk's rows in one block, or null when none has an adapter there. */
    static @Nullable AdaptedParts of(RowChunk chunk, List<Part> parts, int block, Tensor memory) {
        List<Rows> rows = new ArrayList<>();
        for (RowChunk.Piece piece : chunk.pieces()) {
            StackAdapter adapter = parts.get(piece.part()).adapter();
            BlockAdapter ofBlock = adapter == null ? null : adapter.block(block);
            if (ofBlock != null && ofBlock.rank() > 0) {
                add(rows, piece.row(), piece.row() + piece.tokens(), ofBlock, memory.columns());
            }
        }
        return rows.isEmpty() ? null : new AdaptedParts(List.copyOf(rows), memory, null);
    }

    /** Neighbours with the same adapter are multiplied together. */
    private static void add(List<Rows> rows, int start, int end, BlockAdapter adapter, long rank) {
        Rows last = rows.isEmpty() ? null : rows.getLast();
        if (last != null && last.end == start && last.adapter.equals(adapter)) {
            rows.set(rows.size() - 1, new Rows(last.start, end, adapter, last.at));
        } else {
            rows.add(new Rows(start, end, adapter, start * rank));
        }
    }

    /** All rows of a backward with one adapter. */
    static @Nullable AdaptedParts of(BlockAdapter adapter, int count, Tensor memory, Tensor gradient) {
        return adapter.rank() == 0 ? null : new AdaptedParts(List.of(new Rows(0, count, adapter, 0)), memory, gradient);
    }

    /** y += what adapters add; all members come to a barrier in between if some row has a part there, and to none after it. */
    void addTo(Worker worker, Slot slot, Tensor x, Tensor y) {
        if (!has(slot)) {
            return;
        }
        for (Rows some : rows) {
            LowRank part = some.adapter.of(slot);
            if (part != null) {
                worker.kernels().multiply(worker.me(), some.of(x), part.a(), low(some, part, x));
            }
        }
        worker.barrier(); // each member reads all low products, and y in other shares than it was written in
        for (Rows some : rows) {
            LowRank part = some.adapter.of(slot);
            if (part != null) {
                worker.kernels().multiplyAdd(worker.me(), low(some, part, x), part.b(), some.of(y));
            }
        }
    }

    /** dx += what adapters add to the gradient; barriers as in {@link #addTo}. */
    void addGradientTo(Worker worker, Slot slot, Tensor dy, Tensor dx) {
        if (!has(slot)) {
            return;
        }
        for (Rows some : rows) {
            LowRank part = some.adapter.of(slot);
            if (part != null) {
                worker.kernels().multiplyTransposed(worker.me(), some.of(dy), part.b(), low(some, part, dy));
            }
        }
        worker.barrier();
        for (Rows some : rows) {
            LowRank part = some.adapter.of(slot);
            if (part != null) {
                worker.kernels().multiplyTransposed(worker.me(), low(some, part, dy), part.a(), added(some, dx));
            }
        }
        worker.barrier();
        for (Rows some : rows) {
            if (some.adapter.of(slot) != null) {
                worker.kernels().add(worker.me(), added(some, dx), some.of(dx));
            }
        }
    }

    private boolean has(Slot slot) {
        for (Rows some : rows) {
            if (some.adapter.of(slot) != null) {
                return true;
            }
        }
        return false;
    }

    /** (rows, R): each projection has its own, so that one may follow another without a barrier. */
    private Tensor low(Rows some, LowRank part, Tensor x) {
        long count = some.count(x.rows());
        return BlockSizes.view(memory, some.at + count * part.at(), count, part.rank());
    }

    /** @throws IllegalStateException in a forward */
    Tensor gradientMemory() {
        if (gradient == null) {
            throw new IllegalStateException("a backward in the memory of a forward");
        }
        return gradient;
    }

    private Tensor added(Rows some, Tensor dx) {
        return BlockSizes.view(gradientMemory(), some.start * dx.columns(), some.count(dx.rows()), dx.columns());
    }
}
