package corolla.model.block;

import corolla.model.family.ModelConfig;

/**
 * Keys and values of one session: {@code batch} sequences of up to {@code tokensMax} tokens in blocks
 * {@code [start, end)}. Owns its memory. Confined: one call at a time.
 */
public final class KvCache implements AutoCloseable {

    private KvCache() {}

    /** Allocates for blocks {@code [start, end)}; the caller owns and closes it. */
    public static KvCache allocate(ModelConfig config, int start, int end, int batch, int tokensMax) {
        throw new UnsupportedOperationException();
    }

    /** Bytes that {@link #allocate} would take. */
    public static long bytes(ModelConfig config, int blocks, int batch, int tokensMax) {
        throw new UnsupportedOperationException();
    }

    public int start() {
        throw new UnsupportedOperationException();
    }

    public int end() {
        throw new UnsupportedOperationException();
    }

    public int batch() {
        throw new UnsupportedOperationException();
    }

    public int tokensMax() {
        throw new UnsupportedOperationException();
    }

    /** Tokens that every block holds. */
    public int position() {
        throw new UnsupportedOperationException();
    }

    /** Forgets the tokens from {@code position} on. */
    public void truncate(int position) {
        throw new UnsupportedOperationException();
    }

    /**
     * Sequence {@code i} becomes what sequence {@code from[i]} was: how beam search keeps and drops hypotheses.
     *
     * @param from one index for each sequence of the batch
     */
    public void reorder(int[] from) {
        throw new UnsupportedOperationException();
    }

    void checkStep(int batch, int tokens, int position) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
