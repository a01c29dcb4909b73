package corolla.model.block;

import corolla.base.compute.Member;
import corolla.tensor.KernelMemory;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** One member of a team at work on blocks: what every part of a block takes to do its share. Immutable. */
public final class Worker {
    private final Member me;
    private final Kernels kernels;
    private final @Nullable AdaptedParts adapted;

    /**
     * Without adapters.
     *
     * @param me the member
     * @param kernels what it computes with
     */
    public Worker(Member me, Kernels kernels) {
        this(me, kernels, null);
    }

    private Worker(Member me, Kernels kernels, @Nullable AdaptedParts adapted) {
        this.me = me;
        this.kernels = kernels;
        this.adapted = adapted;
    }

    public Member me() {
        return me;
    }

    public Kernels kernels() {
        return kernels;
    }

    /** What the kernels work in. */
    KernelMemory memory() {
        return kernels.memory();
    }

    /** Copies all bytes, the caller its share. */
    void copy(Tensor from, Tensor to) {
        memory().copy(me, from, to);
    }

    /** Sets all bytes to zero, the caller its share. */
    void zero(Tensor tensor) {
        memory().zero(me, tensor);
    }

    /** Which rows have adapters in the block at work; null when none has. */
    @Nullable
    AdaptedParts adapted() {
        return adapted;
    }

    /** The same where other rows have adapters. */
    Worker with(@Nullable AdaptedParts rows) {
        return rows == null && adapted == null ? this : new Worker(me, kernels, rows);
    }

    /** Waits until all members have come here. */
    public void barrier() {
        me.barrier();
    }
}
