package corolla.tensor;

import org.jspecify.annotations.Nullable;

/**
 * What the attention of one block does, whatever rows and caches it works on. Start with {@link #of} and add what the
 * model has.
 *
 * @param heads how many query heads; a multiple of {@code kvHeads}: head h attends to key/value head h · kvHeads / heads
 * @param kvHeads how many key/value heads
 * @param headSize elements of a head
 * @param scale what query · key products are multiplied by, usually 1 / √headSize
 * @param window how many positions a query sees, itself included; {@link #NO_WINDOW} for all before it
 * @param rope the rotation of queries and keys, or null where positions are expressed otherwise
 * @param biases f32 (heads, positions), added to scaled products by the position of the key (ALiBi), or null
 * @param norms how each query and key is normalised before it is rotated, or null
 */
public record AttentionLayer(
        int heads,
        int kvHeads,
        int headSize,
        float scale,
        int window,
        @Nullable RopeTable rope,
        @Nullable Tensor biases,
        @Nullable HeadNorms norms) {
    public static final int NO_WINDOW = Integer.MAX_VALUE;

    /**
     * Root-mean-square norms of single heads.
     *
     * @param query f32 (headSize), the weights of all query heads
     * @param key f32 (headSize), the weights of all key heads
     */
    public record HeadNorms(Tensor query, Tensor key, float epsilon) {
        public HeadNorms {
            Check.floats("query norm", query);
            Check.floats("key norm", key);
        }
    }

    public AttentionLayer {
        if (heads < 1 || kvHeads < 1 || heads % kvHeads != 0 || headSize < 1 || window < 1) {
            throw new IllegalArgumentException("attention of " + heads + " heads, " + kvHeads + " key/value heads of "
                    + headSize + ", window " + window);
        }
        if (rope != null && rope.rotated() > headSize) {
            throw new IllegalArgumentException("rope turns " + rope.rotated() + " of " + headSize + " elements");
        }
        if (biases != null) {
            Check.floats("attention biases", biases);
            if (biases.rows() != heads) {
                throw new IllegalArgumentException("attention biases " + biases + " for " + heads + " heads");
            }
        }
        if (norms != null && (norms.query.elements() != headSize || norms.key.elements() != headSize)) {
            throw new IllegalArgumentException(
                    "head norms " + norms.query + " and " + norms.key + " for heads of " + headSize);
        }
    }

    /** Attention to everything before, without positions. */
    public static AttentionLayer of(int heads, int kvHeads, int headSize, float scale) {
        return new AttentionLayer(heads, kvHeads, headSize, scale, NO_WINDOW, null, null, null);
    }

    public AttentionLayer withWindow(int positions) {
        return new AttentionLayer(heads, kvHeads, headSize, scale, positions, rope, biases, norms);
    }

    public AttentionLayer withRope(@Nullable RopeTable table) {
        return new AttentionLayer(heads, kvHeads, headSize, scale, window, table, biases, norms);
    }

    public AttentionLayer withBiases(@Nullable Tensor table) {
        return new AttentionLayer(heads, kvHeads, headSize, scale, window, rope, table, norms);
    }

    public AttentionLayer withNorms(@Nullable HeadNorms added) {
        return new AttentionLayer(heads, kvHeads, headSize, scale, window, rope, biases, added);
    }

    /** Width of a row of queries, keys and values. */
    public long queryKeyValueSize() {
        return (heads + 2L * kvHeads) * headSize;
    }

    /** Width of a row of outputs. */
    public long outputSize() {
        return (long) heads * headSize;
    }

    /** How many positions its tables cover. */
    long positions() {
        long rotated = rope == null ? Long.MAX_VALUE : rope.positions();
        return biases == null ? rotated : Math.min(rotated, biases.columns());
    }
}
