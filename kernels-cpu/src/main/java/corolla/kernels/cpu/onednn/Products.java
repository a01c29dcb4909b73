package corolla.kernels.cpu.onednn;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Multiplies with primitives kept by shape; creating one takes a millisecond. Confined to one caller at a time, who closes
 * it: each member of a team has its own.
 */
public final class Products implements AutoCloseable {
    /** A model has about ten shapes, each with the row counts that its batches happen to have. */
    private static final int KEPT_MAX = 1024;

    /** Rows up to this count get a primitive of exactly their number, more are split. */
    private static final int EXACT_MAX = 96;

    private static final int[] CHUNKS = {512, 256, 128, 64};

    private final Dnnl dnnl;
    private final Map<Multiplication, Product> kept = new LinkedHashMap<>(16, 0.75f, true);
    private final GrowingMemory scratchpad = new GrowingMemory();

    private final boolean bytes;
    private final boolean halves;

    /**
     * @param bytes whether it multiplies bytes rightly
     * @param halves whether it multiplies bf16 by bf16 rightly and several times as fast as f32
     */
    Products(Dnnl dnnl, boolean bytes, boolean halves) {
        this.dnnl = dnnl;
        this.bytes = bytes;
        this.halves = halves;
    }

    /** Whether weights may be I8: known answers came out right. */
    public boolean multipliesBytes() {
        return bytes;
    }

    /** Whether bf16 by bf16 is several times as fast as f32, so that two or three such products are worth one of f32: with AMX. */
    public boolean multipliesHalves() {
        return halves;
    }

    /** Runs {@code shape}. Rows are independent and their bits do not depend on m, so many rows are done in chunks. */
    public void multiply(Multiplication shape, MemorySegment source, MemorySegment weights, MemorySegment target) {
        dnnl.useOneThread();
        int row = 0;
        while (row < shape.m()) {
            int rows = chunk(shape.m() - row);
            Multiplication part = rows == shape.m() ? shape : shape.withRows(rows);
            MemorySegment from = source.asSlice(shape.sourceElementBytes() * row * shape.sourceStride());
            MemorySegment to = target.asSlice(4L * row * shape.targetStride());
            Product product = product(part);
            product.run(from, weights, to, scratchpad.atLeast(product.scratchBytes()));
            row += rows;
        }
    }

    /** How many of {@code rest} rows to do next; never leaves a single row, which would be rounded differently. */
    static int chunk(int rest) {
        for (int chunk : CHUNKS) {
            if (rest > EXACT_MAX && (rest == chunk || rest >= chunk + 2)) {
                return chunk;
            }
        }
        return rest;
    }

    /** oneDNN's name of the kernel that serves {@code shape}. */
    String implementation(Multiplication shape) {
        return product(shape).implementation();
    }

    private Product product(Multiplication shape) {
        Product known = kept.get(shape);
        if (known != null) {
            return known;
        }
        if (kept.size() >= KEPT_MAX) {
            Multiplication oldest = kept.keySet().iterator().next();
            Product dropped = kept.remove(oldest);
            if (dropped != null) {
                dropped.close();
            }
        }
        Product made = new Product(dnnl, shape);
        kept.put(shape, made);
        return made;
    }

    @Override
    public void close() {
        kept.values().forEach(Product::close);
        kept.clear();
        scratchpad.close();
    }
}
