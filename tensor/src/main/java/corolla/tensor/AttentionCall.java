package corolla.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One attention layer over some rows, for {@link Kernels#rotate} (which also stores keys and values in the cache) and
 * {@link Kernels#attention}. Both take the same call, with a barrier between them.
 *
 * @param layer what the layer does
 * @param qkv f32 (rows, layout.columns()): each row has its queries, then its keys, then its values
 * @param sequences which rows belong to which cache; together they cover all rows exactly once
 * @param out f32 (rows, layout.outColumns())
 */
public record AttentionCall(AttentionLayer layer, Tensor qkv, List<Sequence> sequences, Tensor out) {

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
        Check.floats("qkv", qkv);
        Check.floats("attention out", out);
        Check.columns("qkv", qkv, layer.layout().columns());
        Check.columns("attention out", out, layer.layout().outColumns());
        Check.sameRows("qkv", qkv, "attention out", out);
        long rows = 0;
        for (Sequence sequence : sequences) {
            requireFits(layer, sequence, rows);
            rows += sequence.tokens;
        }
        if (rows != qkv.rows()) {
            throw new IllegalArgumentException("sequences cover " + rows + " of " + qkv.rows() + " rows");
        }
    }

    private static void requireFits(AttentionLayer layer, Sequence sequence, long row) {
        if (sequence.row != row) {
            throw new IllegalArgumentException("sequence starts at row " + sequence.row + ", expected " + row);
        }
        Check.floats("keys", sequence.keys);
        Check.floats("values", sequence.values);
        AttentionHeads layout = layer.layout();
        boolean inKeys = layout.values() == AttentionHeads.Values.IN_KEYS;
        if (sequence.keys.shape().size(0) != layout.keyValues()
                || sequence.keys.columns() != layout.keySize()
                || (inKeys
                        ? !sequence.values.equals(sequence.keys)
                        : sequence.values.columns() != layout.valueSize())) {
            throw new IllegalArgumentException(
                    "cache of keys " + sequence.keys + " and values " + sequence.values + " for " + layout);
        }
        long positions = sequence.position + (long) sequence.tokens;
        if (layer.positions() < positions) {
            throw new IllegalArgumentException(
                    "tables of positions have " + layer.positions() + ", needed " + positions);
        }
    }

    public AttentionHeads layout() {
        return layer.layout();
    }

    public int heads() {
        return layer.heads();
    }

    public int kvHeads() {
        return layer.kvHeads();
    }

    public float scale() {
        return layer.scale();
    }

    public int window() {
        return layer.window();
    }

    public @Nullable RopeTable rope() {
        return layer.rope();
    }

    /** The sink of a query head; minus infinity, which takes no part in a softmax, where there are none. */
    public float sink(int head) {
        Tensor sinks = layer.sinks();
        return sinks == null ? Float.NEGATIVE_INFINITY : sinks.getFloat(head);
    }
}
