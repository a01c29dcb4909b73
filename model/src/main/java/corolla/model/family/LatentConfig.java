package corolla.model.family;

/**
 * Multi-head latent attention (DeepSeek-V2, section 2.1): keys and values of all heads are projections of one small latent
 * vector, and beside it all heads share one rotated key.
 *
 * @param queryRank size of the latent that queries are made of; 0 where they are made of the hidden state
 * @param rank size of the latent that keys and values are made of
 * @param ropeSize elements of a head that rotate
 * @param plainSize elements of a query and a key that do not rotate
 * @param valueSize elements of a head's value
 */
public record LatentConfig(int queryRank, int rank, int ropeSize, int plainSize, int valueSize) {

    public LatentConfig {
        if (queryRank < 0) {
            throw new IllegalArgumentException("query rank " + queryRank);
        }
        ConfigChecks.positive("key-value rank", rank);
        ConfigChecks.positive("rotated head size", ropeSize);
        ConfigChecks.positive("plain head size", plainSize);
        ConfigChecks.positive("value size", valueSize);
    }

    /** What is cached of a token: its rotated key, then its latent. */
    public int keySize() {
        return Math.addExact(ropeSize, rank);
    }

    /** Width of a head's query as the file has it. */
    public int querySize() {
        return Math.addExact(plainSize, ropeSize);
    }

    /** What queries are made of in the first projection: their latent, or all of them. */
    public int firstQuerySize(int heads) {
        return queryRank > 0 ? queryRank : Math.multiplyExact(heads, querySize());
    }

    /** Width of what the first projection makes. */
    public int firstSize(int heads) {
        return Math.addExact(firstQuerySize(heads), keySize());
    }

    /** Width of the space that a pass needs. */
    int spaceSize(int heads) {
        int ofHead = querySize() + plainSize + rank + 2 * valueSize;
        return Math.addExact(firstSize(heads) + 3 * queryRank + 3 * rank, Math.multiplyExact(heads, ofHead));
    }
}
