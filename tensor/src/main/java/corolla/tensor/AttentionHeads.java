package corolla.tensor;

/**
 * How the heads of an attention layer lie in a row: all queries, then all keys, then all values where they are
 * {@link Values#OWN}.
 *
 * @param queries how many query heads; a multiple of {@code keyValues}: head h attends to key/value head h · keyValues / queries
 * @param keyValues how many key/value heads
 * @param keySize elements of a query, and of a key
 * @param valueSize elements of a value, and of a head's output
 * @param values where values come from
 */
public record AttentionHeads(int queries, int keyValues, int keySize, int valueSize, Values values) {

    /** Where the values of an attention layer come from. */
    public enum Values {
        /** A row has them behind its keys, and they have a cache of their own. */
        OWN,
        /**
         * A value is the last {@code valueSize} elements of its key, so one cache holds both: latent attention (DeepSeek-V2, section
         * 2.1) with its projections absorbed into queries and outputs.
         */
        IN_KEYS
    }

    public AttentionHeads {
        if (queries < 1 || keyValues < 1 || queries % keyValues != 0 || keySize < 1 || valueSize < 1) {
            throw new IllegalArgumentException("attention of " + queries + " heads, " + keyValues
                    + " key/value heads of " + keySize + " and " + valueSize);
        }
        if (values == Values.IN_KEYS && valueSize > keySize) {
            throw new IllegalArgumentException("values of " + valueSize + " in keys of " + keySize);
        }
    }

    /** Keys and values of one size. */
    public static AttentionHeads of(int queries, int keyValues, int headSize) {
        return new AttentionHeads(queries, keyValues, headSize, headSize, Values.OWN);
    }

    /** How many heads lie in a row: queries, keys, and values of their own. */
    public int count() {
        return queries + (values == Values.OWN ? 2 : 1) * keyValues;
    }

    /** First column of a head in a row; heads count over queries, keys and values. */
    public long column(int head) {
        int values = Math.max(0, head - queries - keyValues);
        return (long) (head - values) * keySize + (long) values * valueSize;
    }

    /** Columns of a row. */
    public long columns() {
        return column(count());
    }

    /** Columns of the output. */
    public long outColumns() {
        return (long) queries * valueSize;
    }

    /** Where a value begins in a row of the cache that holds it. */
    public int valueStart() {
        return values == Values.OWN ? 0 : keySize - valueSize;
    }

    /** The key/value head that a query head attends to. */
    public int keyValueOf(int query) {
        return query / (queries / keyValues);
    }
}
