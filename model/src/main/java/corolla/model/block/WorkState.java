package corolla.model.block;

import corolla.base.compute.Member;
import corolla.tensor.DType;
import corolla.tensor.KernelMemory;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * A tensor of the caller's where kernels work in it: itself, or a copy that is brought there and taken back. Borrows the caller's; owns memory
 * of a copy that fits nowhere else. Confined to its call.
 */
final class WorkState implements AutoCloseable {
    private final KernelMemory memory;
    private final Tensor given;
    private final Tensor rows;
    private final @Nullable Arena arena;

    /**
     * @param given (rows, columns) f32
     * @param spare memory of the kernels' of the same width that may be used, if it has as many rows
     */
    @SuppressWarnings("MustBeClosedChecker") // closed with this
    WorkState(KernelMemory memory, Tensor given, @Nullable Tensor spare) {
        this.memory = memory;
        this.given = given;
        boolean isHere = memory.isHere(given);
        boolean fits = spare != null && spare.rows() >= given.rows();
        this.arena = isHere || fits ? null : Arena.ofShared();
        if (arena != null) {
            this.rows = allocate(memory, arena, given);
        } else {
            this.rows = isHere || spare == null ? given : spare.slice(0, given.rows());
        }
    }

    private static Tensor allocate(KernelMemory memory, Arena arena, Tensor like) {
        try {
            return memory.allocate(arena, DType.F32, like.rows(), like.columns());
        } catch (RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    /** (rows, columns). */
    Tensor rows() {
        return rows;
    }

    /** Brings what the caller's has; ends at a barrier. */
    void bring(Member me) {
        if (isCopy()) {
            memory.copy(me, given, rows);
            me.barrier();
        }
    }

    /** Takes the result to the caller's, after a barrier; the first member returns when it is there. */
    void takeBack(Member me) {
        if (isCopy()) {
            memory.copy(me, rows, given);
        }
    }

    private boolean isCopy() {
        return !memory.isHere(given);
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.close();
        }
    }
}
