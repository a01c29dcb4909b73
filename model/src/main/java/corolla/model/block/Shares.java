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

    /**
     * Where vectors of heads lie in a tensor, in elements.
     *
     * @param start of the first row's first head
     * @param head from one head to the next
     * @param row from one row to the next
     */
    record Heads(Tensor tensor, long start, long head, long row) {

        /** In rows of a tensor, from {@code column} on. */
        static Heads inRows(Tensor tensor, long column, long head) {
            return new Heads(tensor, column, head, tensor.columns());
        }

        /** A tensor of (heads · rows, size): all rows of a head follow each other. */
        static Heads byHead(Tensor tensor, int heads) {
            return new Heads(tensor, 0, tensor.elements() / heads, tensor.columns());
        }

        private long at(long head, long row) {
            return Float.BYTES * (start + head * this.head + row * this.row);
        }
    }

    /** Copies {@code size} floats of each head of each row; each member its own share. */
    static void copyHeads(Member me, int heads, long rows, int size, Heads from, Heads to) {
        long bytes = (long) Float.BYTES * size;
        long end = me.shareEnd(heads * rows, 1);
        for (long i = me.shareStart(heads * rows, 1); i < end; i++) {
            long head = i / rows;
            long row = i % rows;
            MemorySegment.copy(from.tensor.data(), from.at(head, row), to.tensor.data(), to.at(head, row), bytes);
        }
    }

    /** Copies some columns of all rows; each member its own share. */
    static void copyColumns(Member me, Tensor from, long column, Tensor to, long toColumn, int count) {
        copyHeads(me, 1, from.rows(), count, Heads.inRows(from, column, 0), Heads.inRows(to, toColumn, 0));
    }

    /** Sets all bytes to zero; each member its own share. */
    static void zero(Member me, Tensor tensor) {
        long bytes = tensor.data().byteSize();
        long start = me.shareStart(bytes, Tensor.ALIGNMENT);
        long end = me.shareEnd(bytes, Tensor.ALIGNMENT);
        tensor.data().asSlice(start, end - start).fill((byte) 0);
    }
}
