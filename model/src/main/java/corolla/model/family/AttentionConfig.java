package corolla.model.family;

import corolla.tensor.AttentionHeads;
import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The attention part of a block. Start with {@link #of} and add what the family has.
 *
 * @param heads query heads
 * @param keyValueHeads key and value heads; divides {@code heads}
 * @param headSize width of one head
 * @param scale what products of queries and keys are multiplied by
 * @param window how many latest tokens a query sees, itself included; 0 for all
 * @param positions how it knows where tokens stand
 * @param headNorms whether every query and key head is normalised before it is rotated
 * @param inputBias whether the projections of queries, keys and values add a bias
 * @param outputBias whether the projection back adds a bias
 * @param storage how the file stores the projections of queries, keys and values
 * @param sinks whether every query head has a sink
 * @param latent how keys and values are compressed, or null; then {@code headSize} is that of compressed keys, which one
 *     key-value head has
 */
@RecordBuilder
public record AttentionConfig(
        int heads,
        int keyValueHeads,
        int headSize,
        float scale,
        int window,
        PositionConfig positions,
        boolean headNorms,
        boolean inputBias,
        boolean outputBias,
        Storage storage,
        boolean sinks,
        @Nullable LatentConfig latent)
        implements AttentionConfigBuilder.With {

    /** How queries, keys and values lie in a file. */
    public enum Storage {
        /** Three tensors. */
        SEPARATE,
        /** One tensor: for each key-value head the rows of its query heads, its key and its value. */
        GROUPED,
        /** The same rows sorted: all queries, all keys, all values. */
        JOINED
    }

    public AttentionConfig {
        ConfigChecks.positive("attention heads", heads);
        ConfigChecks.positive("key-value heads", keyValueHeads);
        ConfigChecks.positive("head size", headSize);
        if (heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    heads + " attention heads are not a multiple of " + keyValueHeads + " key-value heads");
        }
        ConfigChecks.positive("width of all heads", Math.multiplyExact(heads + 2 * keyValueHeads, headSize));
        if (window < 0) {
            throw new IllegalArgumentException("sliding window of " + window + " tokens");
        }
        if (positions instanceof RopeConfig rope && rope.dimensions() > headSize) {
            throw new IllegalArgumentException(
                    "rope turns " + rope.dimensions() + " of a head's " + headSize + " values");
        }
    }

    /** All tokens in sight, the usual scale 1 / √headSize, no norms, no biases, three tensors. */
    public static AttentionConfig of(int heads, int keyValueHeads, int headSize, PositionConfig positions) {
        float scale = (float) (1 / Math.sqrt(headSize));
        return AttentionConfigBuilder.builder()
                .heads(heads)
                .keyValueHeads(keyValueHeads)
                .headSize(headSize)
                .scale(scale)
                .window(0)
                .positions(positions)
                .storage(Storage.SEPARATE)
                .build();
    }

    /** Latent attention of so many heads: all share one compressed key, which holds the compressed value. */
    public static AttentionConfig latent(int heads, LatentConfig latent, float scale, RopeConfig rope) {
        return AttentionConfigBuilder.builder()
                .heads(heads)
                .keyValueHeads(1)
                .headSize(latent.keySize())
                .scale(scale)
                .window(0)
                .positions(rope)
                .storage(Storage.SEPARATE)
                .latent(latent)
                .build();
    }

    /** How kernels see a row. */
    public AttentionHeads layout() {
        return latent == null
                ? AttentionHeads.of(heads, keyValueHeads, headSize)
                : new AttentionHeads(heads, 1, headSize, latent.rank(), AttentionHeads.Values.IN_KEYS);
    }

    /** Values that a token takes in a cache: keys, and values where keys do not hold them. */
    public int cacheSize() {
        return latent == null ? 2 * keyValueSize() : keyValueSize();
    }

    /** Width of what latent attention computes in besides. */
    public int latentSize() {
        return latent == null ? 0 : latent.spaceSize(heads);
    }

    /** Width of all queries of a token. */
    public int querySize() {
        return heads * headSize;
    }

    /** Width of all keys, and of all values, of a token. */
    public int keyValueSize() {
        return keyValueHeads * headSize;
    }

    /**
     * The rotary positions.
     *
     * @throws IllegalStateException when it has others
     */
    public RopeConfig rope() {
        if (positions instanceof RopeConfig rope) {
            return rope;
        }
        throw new IllegalStateException("positions are " + positions + ", not rotary");
    }
}
