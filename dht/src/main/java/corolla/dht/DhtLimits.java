package corolla.dht;

import java.time.Duration;

/**
 * Every limit of a DHT node. Immutable; start from {@link #defaults()}.
 *
 * @param keysStoredMax keys kept for others; see Storage for what gives way
 * @param keysCachedMax keys kept to answer faster
 * @param bytesStoredMax bytes of all values kept for others
 * @param bytesCachedMax bytes of all cached values
 * @param subkeysPerKeyMax entries of one dictionary: as many servers as may announce one block
 * @param valueBytesMax one value; a Petals record has some hundred bytes
 * @param keyItemsMax keys in one request from a remote: a model has at most some hundred blocks, all stored at once
 * @param keysPerFindMax keys in one find request from a remote; stock nodes send at most 16
 * @param dictionaryBytesMax one serialized dictionary in a message
 * @param peersPerAnswerMax nearest peers believed from one answer
 * @param candidatesPerKeyMax peers that one lookup remembers for a key
 * @param queriesPerLookupMax find requests of one lookup
 * @param expirationMax how far in the future a record that a remote stores may expire; more is refused
 * @param blacklistMax peers remembered for having failed
 * @param backgroundTasksMax hand-overs, pings, looks after lost members and pushes to caches at once; more are left out
 */
public record DhtLimits(
        int keysStoredMax,
        int keysCachedMax,
        long bytesStoredMax,
        long bytesCachedMax,
        int subkeysPerKeyMax,
        int valueBytesMax,
        int keyItemsMax,
        int keysPerFindMax,
        int dictionaryBytesMax,
        int peersPerAnswerMax,
        int candidatesPerKeyMax,
        int queriesPerLookupMax,
        Duration expirationMax,
        int blacklistMax,
        int backgroundTasksMax) {

    public static DhtLimits defaults() {
        return new DhtLimits(
                100_000,
                10_000,
                256L << 20,
                64L << 20,
                4096,
                64 << 10,
                4096,
                256,
                2 << 20,
                40,
                1000,
                400,
                Duration.ofDays(366),
                1024,
                64);
    }
}
