package corolla.kernels.cuda;

import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.kernels.cuda.Products.Target;

/**
 * Rows of activations as bf16 halves in scratch: {@code rows} high ones, zeros among them where the source has fewer, and as many low ones below, where low ones are
 * wanted.
 *
 * @param stride elements from a row to the next
 */
record SplitRows(long address, long rows, long stride) {
    static final KernelSource SOURCE = KernelSource.of("halves.cu", "split.cu");

    /** Elements that strides are multiples of: 16 bytes of bf16, as cuBLASLt's fastest kernels want. */
    static final long STRIDE_GRAIN = 8;

    /** Halves: high, or high and low. */
    enum Kept {
        HIGH(1),
        BOTH(2);

        private final int count;

        Kept(int count) {
            this.count = count;
        }

        int count() {
            return count;
        }
    }

    static long bytes(long rows, long stride, Kept kept) {
        return kept.count * rows * stride * Short.BYTES;
    }

    /**
     * f32 rows that are split.
     *
     * @param stride numbers from a row to the next
     * @param column the first that is meant
     * @param columns how many are meant
     */
    record Source(long address, long rows, long stride, long column, long columns) {}

    /** Splits the source's rows, which are not more. */
    void fill(Operation operation, Source from, Kept kept) {
        operation.launchOver(
                rows * stride,
                SOURCE,
                "splitHalves",
                operation
                        .arguments()
                        .wide(from.address)
                        .wide(from.stride)
                        .wide(from.column)
                        .wide(from.columns)
                        .wide(from.rows)
                        .wide(rows)
                        .wide(stride)
                        .integer(kept == Kept.BOTH ? 1 : 0)
                        .wide(address));
    }

    /** Where the low halves are. */
    long low() {
        return address + rows * stride * Short.BYTES;
    }

    /** The same from a column on. */
    SplitRows from(long column) {
        return new SplitRows(address + column * Short.BYTES, rows, stride);
    }

    /**
     * f32 results of halves that lay one above the other.
     *
     * @param rows of the high ones, and of the low ones below
     */
    record Sums(long address, long rows, long stride) {
        static long bytes(long rows, long stride) {
            return 2 * rows * stride * Float.BYTES;
        }

        /** Adds both: the first {@code count} rows and outputs go to the target. */
        void addTo(Operation operation, long count, long outputs, Target target) {
            operation.launchOver(
                    count * outputs,
                    SOURCE,
                    "sumHalves",
                    target.appendTo(operation
                            .arguments()
                            .wide(address)
                            .wide(count)
                            .wide(rows)
                            .wide(stride)
                            .wide(outputs)));
        }
    }
}
