package corolla.server.handler;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * Memory for the hidden states of one session's step, reused from step to step. Grows to the longest step. Owns its memory;
 * confined to the session.
 */
final class StepBuffer implements AutoCloseable {
    private static final long KEPT_BYTES_MAX = 1 << 20;

    private final int batch;
    private final int hiddenSize;
    private @Nullable Arena arena;
    private @Nullable Tensor all; // (batch · tokens, hiddenSize)
    private @Nullable Tensor view; // of the last step

    StepBuffer(int batch, int hiddenSize) {
        this.batch = batch;
        this.hiddenSize = hiddenSize;
    }

    /** Room for a step, (batch, tokens, hiddenSize); its content is the last step's. Valid until the next call. */
    Tensor take(int tokens) {
        Tensor last = view;
        if (last != null && last.shape().size(1) == tokens) {
            return last;
        }
        long rows = (long) batch * tokens;
        Tensor slab = all;
        if (slab == null || slab.rows() < rows || isWasteful(slab, rows)) {
            slab = grow(rows);
        }
        Tensor next = slab.slice(0, rows).reshape(batch, tokens, hiddenSize);
        view = next;
        return next;
    }

    /** A long first step must not keep its memory for a whole session of short ones. */
    private static boolean isWasteful(Tensor slab, long rows) {
        return slab.data().byteSize() > KEPT_BYTES_MAX && slab.rows() > 16 * rows;
    }

    @SuppressWarnings("MustBeClosedChecker") // closed with this buffer, or when it grows
    private Tensor grow(long rows) {
        close();
        Arena fresh = Arena.ofShared();
        arena = fresh;
        Tensor slab = Tensor.allocate(fresh, DType.F32, rows, hiddenSize);
        all = slab;
        return slab;
    }

    @Override
    public void close() {
        view = null;
        all = null;
        if (arena != null) {
            arena.close();
            arena = null;
        }
    }
}
