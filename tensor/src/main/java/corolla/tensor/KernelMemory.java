package corolla.tensor;

import corolla.base.compute.Member;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * The memory that kernels work in, and plain copying there; operations are called as those of {@link Kernels} are. For kernels of a processor it is
 * the host's memory and everything is here. A device has its own: what was allocated or kept here it uses in place; any other operand is
 * ordinary memory of the host, and is copied for the operation.
 *
 * <p>One rule for devices: <em>what writes to the host's memory returns when it is written; all else goes on behind the caller's back, in the order it
 * was given.</em> So a run of operations on tensors that are here waits for nothing, and whoever copies its result to the host has waited for all of
 * it. A failure of the device shows at the next wait.
 *
 * <p>The host reaches what a device has only through these operations. Reading or writing such a tensor's data throws
 * {@link IllegalStateException}.
 */
public interface KernelMemory {

    /** The host's own. */
    static KernelMemory host() {
        return HostMemory.INSTANCE;
    }

    /** Whether it is other memory than the host's. */
    boolean isApart();

    /** Whether kernels use the tensor in place. */
    boolean isHere(Tensor tensor);

    /** A tensor of zeros that lives as long as {@code owner}; here. */
    Tensor allocate(Arena owner, DType dtype, long... dimensions);

    /** A tensor whose contents the host writes once, while it is filled; lives as long as {@code owner}, here. */
    Tensor filled(Arena owner, Consumer<Tensor> fill, DType dtype, long... dimensions);

    /** The tensor itself where it is here; else a copy that is, and lives as long as {@code owner}. */
    Tensor keep(Arena owner, Tensor tensor);

    /** Copies all bytes; each of the two may be here or with the host. The result is with the host when this returns to the first member. */
    void copy(Member me, Tensor from, Tensor to);

    /**
     * Copies {@code size} floats of each head of each row.
     *
     * @throws IllegalArgumentException when vectors do not lie in their tensors
     */
    void copyHeads(Member me, int heads, long rows, int size, HeadVectors from, HeadVectors to);

    /** Copies some columns of all rows. */
    default void copyColumns(Member me, Tensor from, long column, Tensor to, long toColumn, int count) {
        copyHeads(me, 1, from.rows(), count, HeadVectors.inRows(from, column, 0), HeadVectors.inRows(to, toColumn, 0));
    }

    /** Sets all bytes to zero. */
    void zero(Member me, Tensor tensor);

    /** Bytes of a device that nobody has taken; empty for the host's memory, which others share. */
    OptionalLong bytesFree();

    /**
     * A way from the host's memory to here that works beside the kernels; empty for the host's memory itself. The caller closes it.
     *
     * @param bytes of the host's memory that it has
     */
    default Optional<HostBus> bus(long bytes) {
        return Optional.empty();
    }
}
