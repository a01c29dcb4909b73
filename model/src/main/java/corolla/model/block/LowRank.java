package corolla.model.block;

import corolla.tensor.Matrix;

/**
 * What an adapter adds to a projection: y += (x · Aᵀ) · Bᵀ, in f32 whatever the projection's weights. R is the sum of the
 * ranks of all modules that the projection is made of; where a module has no part in an output B is 0. Immutable.
 *
 * @param a (R, inputs)
 * @param b (outputs, R), scaled
 * @param at where its R numbers stand among those of the whole block's
 */
record LowRank(Matrix a, Matrix b, int at) {

    LowRank {
        if (a.rows() != b.columns()) {
            throw new IllegalArgumentException("A of " + a.rows() + " rows, B of " + b.columns() + " columns");
        }
    }

    /** R. */
    int rank() {
        return Math.toIntExact(a.rows());
    }

    long bytes() {
        return a.bytes() + b.bytes();
    }
}
