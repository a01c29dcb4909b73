package corolla.tensor;

import org.jspecify.annotations.Nullable;

/**
 * What the attention of one block does, whatever rows and caches it works on. Start with {@link #of} and add what the
 * model has.
 *
 * @param layout the heads of a row
 * @param scale what query · key products are multiplied by, usually 1 / √keySize
 * @param window how many positions a query sees, itself included; {@link #NO_WINDOW} for all before it
 * @param rope the rotation of queries and keys, or null where positions are expressed otherwise
 * @param biases f32 (heads, positions), added to scaled products by the position of the key (ALiBi), or null
 * @param norms how each query and key is normalised before it is rotated, or null
 * @param sinks f32 (query heads), or null: a score for each head that takes part in its softmax and has no value, so that a
 *     head need not attend to anything (gpt-oss)
 */
public record AttentionLayer(
        AttentionHeads layout,
        float scale,
        int window,
        @Nullable RopeTable rope,
        @Nullable Tensor biases,
        @Nullable HeadNorms norms,
        @Nullable Tensor sinks) {
    public static final int NO_WINDOW = Integer.MAX_VALUE;

    /**
     * Root-mean-square norms of single heads.
     *
     * @param query f32 (keySize), the weights of all query heads
     * @param key f32 (keySize), the weights of all key heads
     */
    public record HeadNorms(Tensor query, Tensor key, float epsilon) {
        public HeadNorms {
            Check.floats("query norm", query);
            Check.floats("key norm", key);
        }
    }

    public AttentionLayer {
        int keySize = layout.keySize();
        if (window < 1) {
            throw new IllegalArgumentException("attention window of " + window);
        }
        if (rope != null && rope.rotated() > keySize) {
            throw new IllegalArgumentException("rope turns " + rope.rotated() + " of " + keySize + " elements");
        }
        if (biases != null) {
            Check.floats("attention biases", biases);
            if (biases.rows() != layout.queries()) {
                throw new IllegalArgumentException(
                        "attention biases " + biases + " for " + layout.queries() + " heads");
            }
        }
        if (norms != null && (norms.query.elements() != keySize || norms.key.elements() != keySize)) {
            throw new IllegalArgumentException(
                    "head norms " + norms.query + " and " + norms.key + " for heads of " + keySize);
        }
        if (sinks != null) {
            Check.floats("sinks", sinks);
            if (sinks.elements() != layout.queries()) {
                throw new IllegalArgumentException("sinks " + sinks + " for " + layout.queries() + " heads");
            }
        }
    }

    /** Attention to everything before, without positions, keys and values of one size. */
    public static AttentionLayer of(int heads, int kvHeads, int headSize, float scale) {
        return of(AttentionHeads.of(heads, kvHeads, headSize), scale);
    }

    /** Attention to everything before, without positions. */
    public static AttentionLayer of(AttentionHeads layout, float scale) {
        return new AttentionLayer(layout, scale, NO_WINDOW, null, null, null, null);
    }

    public AttentionLayer withWindow(int positions) {
        return new AttentionLayer(layout, scale, positions, rope, biases, norms, sinks);
    }

    public AttentionLayer withRope(@Nullable RopeTable table) {
        return new AttentionLayer(layout, scale, window, table, biases, norms, sinks);
    }

    public AttentionLayer withBiases(@Nullable Tensor table) {
        return new AttentionLayer(layout, scale, window, rope, table, norms, sinks);
    }

    public AttentionLayer withNorms(@Nullable HeadNorms added) {
        return new AttentionLayer(layout, scale, window, rope, biases, added, sinks);
    }

    public AttentionLayer withSinks(@Nullable Tensor added) {
        return new AttentionLayer(layout, scale, window, rope, biases, norms, added);
    }

    /** How many query heads. */
    public int heads() {
        return layout.queries();
    }

    /** How many key/value heads. */
    public int kvHeads() {
        return layout.keyValues();
    }

    /** Width of a row of queries, keys and values. */
    public long queryKeyValueSize() {
        return layout.columns();
    }

    /** Width of a row of outputs. */
    public long outputSize() {
        return layout.outColumns();
    }

    /** How many positions its tables cover. */
    long positions() {
        long rotated = rope == null ? Long.MAX_VALUE : rope.positions();
        return biases == null ? rotated : Math.min(rotated, biases.columns());
    }
}
