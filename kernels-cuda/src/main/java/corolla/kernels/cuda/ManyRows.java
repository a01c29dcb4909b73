package corolla.kernels.cuda;

/**
 * How products of many rows on tensor cores are cut: what they take of the device's memory for the time of one operation.
 *
 * @param fast whether activations and decoded weights are rounded to bf16 rather than split in two halves
 * @param splitBytesMax of activations as halves: some hundred rows of the widest models, thousands of others, which keep every multiprocessor busy
 * @param tileBytesMax of decoded weights: they are written and read in a second-level cache (40 MB in an A100, 50 in an H100)
 * @param sumsBytesMax of sums that a kernel of ours finishes: likewise
 */
record ManyRows(boolean fast, long splitBytesMax, long tileBytesMax, long sumsBytesMax) {
    /** From so many rows on; fewer are one pass of our own kernels over the weights. */
    static final int ROWS_MIN = 17;

    /**
     * Where results go to scratch, rows are padded to a multiple: tensor cores do them in the same time, and the number of shapes that algorithms are chosen for stays
     * small. Experts get another number of rows each time.
     */
    static final long ROWS_GRAIN = 32;

    static ManyRows of(boolean fast) {
        return new ManyRows(fast, 128L << 20, 32L << 20, 32L << 20);
    }

    /** How many rows to do at once, about the same each time. */
    static long block(long rows, long most) {
        return Math.ceilDiv(rows, Math.ceilDiv(rows, Math.max(most, ROWS_MIN)));
    }

    /** A count that is a multiple. */
    static long roundUp(long count, long grain) {
        return Math.ceilDiv(count, grain) * grain;
    }

    /** As many of {@code count} as fit into so many bytes, a multiple of the grain or all; at least one grain. */
    static long fitting(long count, long bytesMax, long bytesEach, long grain) {
        return Math.min(count, Math.max(grain, bytesMax / bytesEach / grain * grain));
    }
}
