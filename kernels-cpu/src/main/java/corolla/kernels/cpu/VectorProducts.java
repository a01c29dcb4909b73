package corolla.kernels.cpu;

import corolla.base.compute.Member;
import corolla.kernels.cpu.vector.DotPart;
import corolla.kernels.cpu.vector.Elementwise;
import corolla.kernels.cpu.vector.Part;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Products by the Vector API: one row of activations at a time over a tile of weights that is in the cache. */
final class VectorProducts {
    /** Shares of members are multiples of this, so that no two write to one cache line. */
    static final int GRAIN = 16;

    /** Outputs computed before they are stored. */
    private static final int STRIP = 512;

    /** Activations prepared at once: 256 KiB. */
    private static final int PREPARED_MAX = 1 << 16;

    private VectorProducts() {}

    /** y[:, column ...] = (or += with {@code add}) x · partᵀ, this member's share. */
    static void forward(Member me, Scratch scratch, Tensor x, DotPart part, Tensor y, long column, boolean add) {
        long from = me.shareStart(part.rows(), GRAIN);
        long to = me.shareEnd(part.rows(), GRAIN);
        int block = (int) Math.clamp(PREPARED_MAX / part.preparedSize(), 1, Math.max(1, x.rows()));
        float[] prepared = scratch.prepared(block * part.preparedSize());
        float[] sums = scratch.sums(block * STRIP);
        for (long row = 0; row < x.rows() && from < to; row += block) {
            int count = (int) Math.min(block, x.rows() - row);
            for (int i = 0; i < count; i++) {
                part.prepare(x.data(), (row + i) * x.rowBytes(), prepared, i * part.preparedSize());
            }
            runs(part, from, to, prepared, count, sums, new Target(y, row, column, add));
        }
    }

    /** Where results go: rows from {@code row} on, columns from {@code column} on. */
    private record Target(Tensor y, long row, long column, boolean add) {

        void store(float[] sums, int from, int i, long output, int width) {
            VectorProducts.store(sums, from, y.data(), 4 * ((row + i) * y.columns() + column + output), width, add);
        }
    }

    /** All runs side by side, a strip of each at a time. */
    private static void runs(
            DotPart part, long from, long to, float[] prepared, int count, float[] sums, Target target) {
        int runs = part.runs();
        long run = (to - from + runs - 1) / runs;
        int width = STRIP / runs;
        var activations = new DotPart.Activations(prepared, part.preparedSize(), count, sums, STRIP, width);
        for (long strip = 0; strip < run; strip += width) {
            int rows = (int) Math.min(width, run - strip);
            // The last tile's surplus sums stay in the strip: strips are whole tiles.
            part.dots(from + strip, 0, rows, run, activations);
            for (int r = 0; r < runs; r++) {
                long output = from + r * run + strip;
                int outputs = (int) Math.min(rows, to - output);
                for (int i = 0; i < count && outputs > 0; i++) {
                    target.store(sums, i * STRIP + r * width, i, output, outputs);
                }
            }
        }
    }

    static void store(float[] sums, int from, MemorySegment y, long at, int width, boolean add) {
        if (add) {
            Elementwise.add(sums, from, y, at, width);
        } else {
            MemorySegment.copy(sums, from, y, Tensor.FLOAT, at, width);
        }
    }

    /** dx[:, share] += dy[:, column ...] · part, a row of weights at a time: where oneDNN is missing. */
    static void transposed(Scratch scratch, Tensor dy, long column, Part part, Tensor dx, long from, long to) {
        float[] weights = scratch.prepared(part.columns());
        for (long row = 0; row < part.rows(); row++) {
            part.decodeRow(row, weights);
            for (long i = 0; i < dy.rows(); i++) {
                float gradient = dy.getFloat(i * dy.columns() + column + row);
                Elementwise.addScaled(
                        gradient, weights, (int) from, dx.data(), 4 * (i * dx.columns() + from), (int) (to - from));
            }
        }
    }
}
