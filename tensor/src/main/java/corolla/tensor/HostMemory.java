package corolla.tensor;

import corolla.base.compute.Member;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** The host's memory, whose copying a team shares. Stateless. */
final class HostMemory implements KernelMemory {
    static final HostMemory INSTANCE = new HostMemory();

    private HostMemory() {}

    @Override
    public boolean isApart() {
        return false;
    }

    @Override
    public boolean isHere(Tensor tensor) {
        return true;
    }

    @Override
    public Tensor allocate(Arena owner, DType dtype, long... dimensions) {
        return Tensor.allocate(owner, dtype, dimensions);
    }

    @Override
    public Tensor filled(Arena owner, Consumer<Tensor> fill, DType dtype, long... dimensions) {
        Tensor tensor = Tensor.allocate(owner, dtype, dimensions);
        fill.accept(tensor);
        return tensor;
    }

    @Override
    public Tensor keep(Arena owner, Tensor tensor) {
        return tensor;
    }

    @Override
    public void copy(Member me, Tensor from, Tensor to) {
        Check.sameBytes(from, to);
        long bytes = from.data().byteSize();
        long start = me.shareStart(bytes, Tensor.ALIGNMENT);
        long end = me.shareEnd(bytes, Tensor.ALIGNMENT);
        MemorySegment.copy(from.data(), start, to.data(), start, end - start);
    }

    @Override
    public void copyHeads(Member me, int heads, long rows, int size, HeadVectors from, HeadVectors to) {
        long bytes = (long) Float.BYTES * size;
        long end = me.shareEnd(heads * rows, 1);
        for (long i = me.shareStart(heads * rows, 1); i < end; i++) {
            long head = i / rows;
            long row = i % rows;
            MemorySegment.copy(
                    from.tensor().data(), from.at(head, row), to.tensor().data(), to.at(head, row), bytes);
        }
    }

    @Override
    public void zero(Member me, Tensor tensor) {
        long bytes = tensor.data().byteSize();
        long start = me.shareStart(bytes, Tensor.ALIGNMENT);
        long end = me.shareEnd(bytes, Tensor.ALIGNMENT);
        tensor.data().asSlice(start, end - start).fill((byte) 0);
    }

    @Override
    public OptionalLong bytesFree() {
        return OptionalLong.empty();
    }
}
