package corolla.model.block;

import corolla.base.compute.Member;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Plain memory work that a team shares. Stateless. */
final class Shares {
    private Shares() {}

    /** Copies a tensor into another with as many bytes; each member its own share. */
    static void copy(Member me, Tensor from, Tensor to) {
        long bytes = from.data().byteSize();
        long start = me.shareStart(bytes, Tensor.ALIGNMENT);
        long end = me.shareEnd(bytes, Tensor.ALIGNMENT);
        MemorySegment.copy(from.data(), start, to.data(), start, end - start);
    }

    /** Sets all bytes to zero; each member its own share. */
    static void zero(Member me, Tensor tensor) {
        long bytes = tensor.data().byteSize();
        long start = me.shareStart(bytes, Tensor.ALIGNMENT);
        long end = me.shareEnd(bytes, Tensor.ALIGNMENT);
        tensor.data().asSlice(start, end - start).fill((byte) 0);
    }
}
