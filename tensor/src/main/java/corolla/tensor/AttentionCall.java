package corolla.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One attention layer over some rows, for {@link Kernels#rotate} (which also stores keys and values in the cache) and
 * {@link Kernels#attention}. Both take the same call, with a barrier between them.
 *
 * @param qkv f32 (rows, layout.columns()): each row has its queries, then its keys, then its values
 * @param layout the heads of a row
 * @param sequences which rows belong to which cache; together they cover all rows exactly once
 * @param rope the rotation of queries and keys, or null where positions are expressed otherwise
 * @param scale what query · key products are multiplied by, usually 1 / √keySize
 * @param window how many positions a query sees, itself included; {@link #NO_WINDOW} for all before it
 * @param sinks f32 (query heads), or null: a score for each head that takes part in its softmax and has no value, so that a
 *     head need not attend to anything (gpt-oss)
 * @param out f32 (rows, layout.outColumns())
 */
public record AttentionCall(
        Tensor qkv,
        AttentionHeads layout,
        List<Sequence> sequences,
        @Nullable RopeTable rope,
        float scale,
        int window,
        @Nullable Tensor sinks,
        Tensor out) {
    public static final int NO_WINDOW = Integer.MAX_VALUE;

    /**
     * Consecutive rows of one sequence and its cache.
     *
     * @param row first row in {@code qkv} and {@code out}
     * @param tokens how many rows; the row r positions after the first has position {@code position + r}
     * @param keys cache of rotated keys, f32 (kvHeads, tokensMax, keySize)
     * @param values cache of values, f32 (kvHeads, tokensMax, valueSize); {@code keys} once more where values are in them
     * @param position how many tokens the cache held before these rows
     */
    public record Sequence(int row, int tokens, Tensor keys, Tensor values, int position) {
        public Sequence {
            if (row < 0 || tokens < 1 || position < 0) {
                throw new IllegalArgumentException(
                        "sequence of " + tokens + " tokens at row " + row + ", position " + position);
            }
            if (keys.shape().rank() != 3
                    || values.shape().rank() != 3
                    || keys.shape().size(0) != values.shape().size(0)
                    || keys.shape().size(1) != values.shape().size(1)) {
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
        if (window < 1) {
            throw new IllegalArgumentException("attention window of " + window);
        }
        Check.floats("qkv", qkv);
        Check.floats("attention out", out);
        Check.columns("qkv", qkv, layout.columns());
        Check.columns("attention out", out, layout.outColumns());
        Check.sameRows("qkv", qkv, "attention out", out);
        if (sinks != null) {
            Check.floats("sinks", sinks);
            if (sinks.elements() != layout.queries()) {
                throw new IllegalArgumentException("sinks " + sinks + " for " + layout.queries() + " heads");
            }
        }
        long rows = 0;
        for (Sequence sequence : sequences) {
            requireFits(sequence, rows, layout, rope);
            rows += sequence.tokens;
        }
        if (rows != qkv.rows()) {
            throw new IllegalArgumentException("sequences cover " + rows + " of " + qkv.rows() + " rows");
        }
    }

    /** Attention with keys and values of one size and without sinks. */
    public AttentionCall(
            Tensor qkv,
            int heads,
            int kvHeads,
            int headSize,
            List<Sequence> sequences,
            @Nullable RopeTable rope,
            float scale,
            int window,
            Tensor out) {
        this(qkv, AttentionHeads.of(heads, kvHeads, headSize), sequences, rope, scale, window, null, out);
    }

    private static void requireFits(Sequence sequence, long row, AttentionHeads layout, @Nullable RopeTable rope) {
        if (sequence.row != row) {
            throw new IllegalArgumentException("sequence starts at row " + sequence.row + ", expected " + row);
        }
        Check.floats("keys", sequence.keys);
        Check.floats("values", sequence.values);
        boolean inKeys = layout.values() == AttentionHeads.Values.IN_KEYS;
        if (sequence.keys.shape().size(0) != layout.keyValues()
                || sequence.keys.columns() != layout.keySize()
                || (inKeys
                        ? !sequence.values.equals(sequence.keys)
                        : sequence.values.columns() != layout.valueSize())) {
            throw new IllegalArgumentException(
                    "cache of keys " + sequence.keys + " and values " + sequence.values + " for " + layout);
        }
        if (rope != null && rope.positions() < sequence.position + (long) sequence.tokens) {
            throw new IllegalArgumentException("rope table has " + rope.positions() + " positions, needed "
                    + (sequence.position + (long) sequence.tokens));
        }
        if (rope != null && rope.rotated() > layout.keySize()) {
            throw new IllegalArgumentException(
                    "rope turns " + rope.rotated() + " of " + layout.keySize() + " elements");
        }
    }

    /** How many query heads. */
    public int heads() {
        return layout.queries();
    }

    /** How many key/value heads. */
    public int kvHeads() {
        return layout.keyValues();
    }

    /** The sink of a query head; minus infinity, which takes no part in a softmax, where there are none. */
    public float sink(int head) {
        return sinks == null ? Float.NEGATIVE_INFINITY : sinks.getFloat(head);
    }
}
