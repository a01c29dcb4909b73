package corolla.bench.blocks;

import corolla.base.compute.Member;
import corolla.kernels.cpu.onednn.DnnlStart;
import corolla.kernels.cpu.onednn.Multiplication;
import corolla.kernels.cpu.onednn.Products;
import corolla.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * oneDNN's own products of a block's shapes, without anything of ours around them: each member of the team multiplies its share of
 * the output columns. Owns primitives, borrows memory.
 */
final class BareProducts implements AutoCloseable {
    private static final int GRAIN = 16;

    private final BlockShape shape;
    private final DType type;
    private final List<Products> products = new ArrayList<>();
    private final MemorySegment source;
    private final MemorySegment weights;
    private final MemorySegment target;

    /**
     * @param type of the weights: F32 or BF16, with f32 activations; or I8 with such, to whole numbers
     * @param tokens the most rows that will be asked for
     */
    BareProducts(DnnlStart.Outcome.Ready oneDnn, int members, BlockShape shape, DType type, int tokens, Arena arena) {
        this.shape = shape;
        this.type = type;
        for (int i = 0; i < members; i++) {
            products.add(oneDnn.products().create());
        }
        long widest = Math.max(2L * shape.inner(), shape.qkv());
        source = arena.allocate(Float.BYTES * Math.max(2, tokens) * widest, 64);
        target = arena.allocate(Float.BYTES * Math.max(2, tokens) * widest, 64);
        weights = arena.allocate(type.bytes(shape.weights()), 64);
        weights.fill((byte) 1);
    }

    void forward(Member me, int tokens) {
        long at = 0;
        for (int[] size : shape.products()) {
            multiply(me, tokens, size[0], size[1], at, false);
            at += type.bytes((long) size[0] * size[1]);
            me.barrier();
        }
    }

    /** Weights (outputs, inputs) summed over their outputs. */
    void backward(Member me, int tokens) {
        long at = 0;
        for (int[] size : shape.products()) {
            multiply(me, tokens, size[1], size[0], at, true);
            at += type.bytes((long) size[0] * size[1]);
            me.barrier();
        }
    }

    private void multiply(Member me, int tokens, int n, int k, long at, boolean transposed) {
        long from = me.shareStart(n, GRAIN);
        int columns = Math.toIntExact(me.shareEnd(n, GRAIN) - from);
        if (columns == 0) {
            return;
        }
        long strideK = transposed ? n : 1;
        long strideN = transposed ? 1 : k;
        int rows = Math.max(2, tokens); // a row alone would take another kernel
        Multiplication product = new Multiplication(rows, columns, k, k, type, strideK, strideN, n, false);
        MemorySegment first = weights.asSlice(at + type.bytes(from * strideN));
        products.get(me.index()).multiply(product, source, first, target.asSlice(Float.BYTES * from));
    }

    @Override
    public void close() {
        products.forEach(Products::close);
    }
}
