package corolla.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One attention layer over some rows, for {@link Kernels#rotate} (which also stores keys and values in the cache) and
 * {@link Kernels#attention}. Both take the same call, with a barrier between them.
 *
 * @param qkv f32 (rows, (heads + 2 · kvHeads) · headSize): each row has its queries, then its keys, then its values
 * @param heads how many query heads; a multiple of {@code kvHeads}: head h attends to key/value head h · kvHeads / heads
 * @param kvHeads how many key/value heads
 * @param headSize elements of a head
 * @param sequences which rows belong to which cache; together they cover all rows exactly once
 * @param rope the rotation of queries and keys, or null where positions are expressed otherwise
 * @param scale what query · key products are multiplied by, usually 1 / √headSize
 * @param window how many positions a query sees, itself included; {@link #NO_WINDOW} for all before it
 * @param out f32 (rows, heads · headSize)
 */
public record AttentionCall(
        Tensor qkv,
        int heads,
        int kvHeads,
        int headSize,
        List<Sequence> sequences,
        @Nullable RopeTable rope,
        float scale,
        int window,
        Tensor out) {
    public static final int NO_WINDOW = Integer.MAX_VALUE;

    /**
     * Consecutive rows of one sequence and its cache.
     *
     * @param row first row in {@code qkv} and {@code out}
     * @param tokens how many rows; the row r positions after the first has position {@code position + r}
     * @param keys cache of rotated keys, f32 (kvHeads, tokensMax, headSize)
     * @param values cache of values, f32 (kvHeads, tokensMax, headSize)
     * @param position how many tokens the cache held before these rows
     */
    public record Sequence(int row, int tokens, Tensor keys, Tensor values, int position) {
        public Sequence {
            if (row < 0 || tokens < 1 || position < 0) {
                throw new IllegalArgumentException(
                        "sequence of " + tokens + " tokens at row " + row + ", position " + position);
            }
            if (!keys.shape().equals(values.shape()) || keys.shape().rank() != 3) {
                throw new IllegalArgumentException("cache of keys " + keys + " and values " + values);
            }
            if ((long) position + tokens > keys.shape().size(1)) {
                throw new IllegalArgumentException("positions " + position + " to " + (position + tokens)
                        + " do not fit in a cache of " + keys.shape().size(1) + " tokens");
            }
        }
    }

    public AttentionCall {
        sequences = List.copyOf(sequences);
        if (heads < 1 || kvHeads < 1 || heads % kvHeads != 0 || headSize < 1 || window < 1) {
            throw new IllegalArgumentException("attention of " + heads + " heads, " + kvHeads + " key/value heads of "
                    + headSize + ", window " + window);
        }
        Check.floats("qkv", qkv);
        Check.floats("attention out", out);
        Check.columns("qkv", qkv, (heads + 2L * kvHeads) * headSize);
        Check.columns("attention out", out, (long) heads * headSize);
        Check.sameRows("qkv", qkv, "attention out", out);
        long rows = 0;
        for (Sequence sequence : sequences) {
            requireFits(sequence, rows, kvHeads, headSize, rope);
            rows += sequence.tokens;
        }
        if (rows != qkv.rows()) {
            throw new IllegalArgumentException("sequences cover " + rows + " of " + qkv.rows() + " rows");
        }
    }

    private static void requireFits(Sequence sequence, long row, int kvHeads, int headSize, @Nullable RopeTable rope) {
        if (sequence.row != row) {
            throw new IllegalArgumentException("sequence starts at row " + sequence.row + ", expected " + row);
        }
        Check.floats("keys", sequence.keys);
        Check.floats("values", sequence.values);
        if (sequence.keys.shape().size(0) != kvHeads || sequence.keys.shape().size(2) != headSize) {
            throw new IllegalArgumentException("cache " + sequence.keys + " for " + kvHeads + " heads of " + headSize);
        }
        if (rope != null && rope.positions() < sequence.position + (long) sequence.tokens) {
            throw new IllegalArgumentException("rope table has " + rope.positions() + " positions, needed "
                    + (sequence.position + (long) sequence.tokens));
        }
        if (rope != null && rope.rotated() > headSize) {
            throw new IllegalArgumentException("rope turns " + rope.rotated() + " of " + headSize + " elements");
        }
    }
}
