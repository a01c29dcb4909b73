package corolla.model.block;

import corolla.model.family.LatentConfig;
import corolla.tensor.Tensor;

/**
 * What latent attention computes in, for n rows: views of one memory. Letters as in {@link LatentAttention}; Q is the rank of
 * queries, 0 where they have no latent. Gradients come to the places of what they belong to.
 *
 * @param first (n, Q or heads · (N + R), plus L + R)
 * @param queryLatent (n, Q)
 * @param queryLatentNormed (n, Q)
 * @param queryGradient (n, Q): of {@code queryLatent}
 * @param latent (n, L)
 * @param latentNormed (n, L)
 * @param latentGradient (n, L): of {@code latent}
 * @param queries (n, heads · (N + R))
 * @param plainByHead (heads · n, N)
 * @param latentByHead (heads · n, L)
 * @param valueByHead (heads · n, V)
 * @param values (n, heads · V)
 */
record LatentSpace(
        Tensor first,
        Tensor queryLatent,
        Tensor queryLatentNormed,
        Tensor queryGradient,
        Tensor latent,
        Tensor latentNormed,
        Tensor latentGradient,
        Tensor queries,
        Tensor plainByHead,
        Tensor latentByHead,
        Tensor valueByHead,
        Tensor values) {

    static LatentSpace of(Tensor memory, int heads, LatentConfig config) {
        Cutter cutter = new Cutter(memory);
        long n = memory.rows();
        long byHead = heads * n;
        return new LatentSpace(
                cutter.next(n, config.firstSize(heads)),
                cutter.next(n, config.queryRank()),
                cutter.next(n, config.queryRank()),
                cutter.next(n, config.queryRank()),
                cutter.next(n, config.rank()),
                cutter.next(n, config.rank()),
                cutter.next(n, config.rank()),
                cutter.next(n, (long) heads * config.querySize()),
                cutter.next(byHead, config.plainSize()),
                cutter.next(byHead, config.rank()),
                cutter.next(byHead, config.valueSize()),
                cutter.next(n, (long) heads * config.valueSize()));
    }

    /** n. */
    long rows() {
        return first.rows();
    }

    private static final class Cutter {
        private final Tensor memory;
        private long at;

        Cutter(Tensor memory) {
            this.memory = memory;
        }

        Tensor next(long rows, long columns) {
            Tensor view = BlockSizes.view(memory, at, rows, columns);
            at += rows * columns;
            return view;
        }
    }
}
