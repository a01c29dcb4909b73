package corolla.model.family;

/**
 * The attention part of a block.
 *
 * @param heads query heads
 * @param keyValueHeads key and value heads; divides {@code heads}
 * @param headSize width of one head
 * @param bias whether the projections of queries, keys and values add a bias
 * @param window how many latest tokens a query sees, itself included; 0 for all
 * @param rope rotary positions
 */
public record AttentionConfig(int heads, int keyValueHeads, int headSize, boolean bias, int window, RopeConfig rope) {

    public AttentionConfig {
        ConfigChecks.positive("attention heads", heads);
        ConfigChecks.positive("key-value heads", keyValueHeads);
        ConfigChecks.positive("head size", headSize);
        if (heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    heads + " attention heads are not a multiple of " + keyValueHeads + " key-value heads");
        }
        if (window < 0) {
            throw new IllegalArgumentException("sliding window of " + window + " tokens");
        }
    }

    /** Width of all queries of a token. */
    public int querySize() {
        return heads * headSize;
    }

    /** Width of all keys, and of all values, of a token. */
    public int keyValueSize() {
        return keyValueHeads * headSize;
    }
}
