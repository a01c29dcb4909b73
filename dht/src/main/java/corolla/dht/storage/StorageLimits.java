package corolla.dht.storage;

/**
 * The limits of one {@link Storage}; see {@code DhtLimits}, from which they come.
 *
 * @param keysMax keys
 * @param bytesMax bytes of values, and 256 more for each key or subkey
 * @param subkeysPerKeyMax entries of one dictionary
 * @param valueBytesMax one value
 * @param expirationSecondsMax how far in the future a value may expire
 */
public record StorageLimits(
        int keysMax, long bytesMax, int subkeysPerKeyMax, int valueBytesMax, double expirationSecondsMax) {}
