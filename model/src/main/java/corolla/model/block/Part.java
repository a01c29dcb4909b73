package corolla.model.block;

import org.jspecify.annotations.Nullable;

/**
 * Rows of a hidden state that belong together: {@code batch} sequences of {@code tokens} each, sequence after sequence.
 * Several sessions' steps run as several parts of one forward.
 *
 * @param batch sequences
 * @param tokens tokens of each sequence in this call
 * @param position where the first of these tokens stands in its sequence; 0 without a cache
 * @param cache holds the tokens before and takes these; null for a forward that sees only itself
 * @param adapter what is added to the blocks' weights for these rows, or null; made for the same stack
 */
public record Part(
        int batch,
        int tokens,
        int position,
        @Nullable KvCache cache,
        @Nullable StackAdapter adapter) {

    public Part {
        if (batch <= 0 || tokens <= 0) {
            throw new IllegalArgumentException("a part of " + batch + " sequences with " + tokens + " tokens");
        }
        if (position < 0 || (cache == null && position != 0)) {
            throw new IllegalArgumentException(
                    "a part at position " + position + (cache == null ? " without cache" : ""));
        }
        if (cache != null && cache.batch() != batch) {
            throw new IllegalArgumentException("a part of " + batch + " sequences, a cache of " + cache.batch());
        }
    }

    /** A part without adapter. */
    public Part(int batch, int tokens, int position, @Nullable KvCache cache) {
        this(batch, tokens, position, cache, null);
    }

    /** A part that sees only itself. */
    public static Part uncached(int batch, int tokens) {
        return new Part(batch, tokens, 0, null);
    }

    /** A part that goes on where the cache ends. */
    public static Part next(KvCache cache, int tokens) {
        return new Part(cache.batch(), tokens, cache.position(), cache);
    }

    /** The same with an adapter, or none. */
    public Part withAdapter(@Nullable StackAdapter other) {
        return new Part(batch, tokens, position, cache, other);
    }

    /** Rows of the hidden state that this part takes. */
    public int rows() {
        return Math.multiplyExact(batch, tokens);
    }
}
