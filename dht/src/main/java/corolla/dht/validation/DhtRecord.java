package corolla.dht.validation;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One record as it is on the wire: what a validator sees and signs. Arrays are borrowed, nobody writes to them.
 *
 * @param keyId the DHT id of the key, 20 bytes
 * @param subkey the serialized subkey; {@code c0} (nil) for a regular value
 * @param value the serialized value, with what validators appended
 * @param expiration seconds since 1970
 */
public record DhtRecord(byte[] keyId, byte[] subkey, byte[] value, double expiration) {

    public DhtRecord withValue(byte[] newValue) {
        return new DhtRecord(keyId, subkey, newValue, expiration);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DhtRecord that
                && Arrays.equals(keyId, that.keyId)
                && Arrays.equals(subkey, that.subkey)
                && Arrays.equals(value, that.value)
                && Double.compare(expiration, that.expiration) == 0;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(keyId) * 31 + Arrays.hashCode(value);
    }
}
