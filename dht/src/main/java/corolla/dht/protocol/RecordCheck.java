package corolla.dht.protocol;

import corolla.base.ProtocolException;
import corolla.dht.DhtLimits;
import corolla.dht.kbucket.DhtId;
import corolla.dht.storage.DictionaryForm;
import corolla.dht.storage.StoredValue;
import corolla.dht.validation.DhtRecord;
import corolla.dht.validation.ValidatorChain;
import java.util.Optional;

/** Decides which records of others are believed. Immutable. */
final class RecordCheck {
    private final ValidatorChain validators;
    private final DhtLimits limits;

    RecordCheck(ValidatorChain validators, DhtLimits limits) {
        this.validators = validators;
        this.limits = limits;
    }

    /** True when the validators accept a value. */
    boolean accepts(DhtId key, byte[] subkey, byte[] value, double expiration) {
        return validators.isEmpty() || validators.validate(new DhtRecord(key.bytes(), subkey, value, expiration));
    }

    /** A whole dictionary, each entry within the limits and accepted. */
    StoredValue.Dictionary dictionary(DhtId key, byte[] bytes) throws ProtocolException {
        if (bytes.length > limits.dictionaryBytesMax()) {
            throw new ProtocolException("a dictionary of the DHT has " + bytes.length
                    + " bytes, more than dictionaryBytesMax " + limits.dictionaryBytesMax());
        }
        StoredValue.Dictionary dictionary = DictionaryForm.decode(bytes, limits.subkeysPerKeyMax());
        for (var entry : dictionary.entries().entrySet()) {
            StoredValue.Regular item = entry.getValue();
            boolean valid = item.value().length <= limits.valueBytesMax()
                    && (validators.isEmpty() || accepts(key, entry.getKey().encode(), item.value(), item.expiration()));
            if (!valid) {
                throw new ProtocolException("an entry of a DHT dictionary is too large or not valid");
            }
        }
        return dictionary;
    }

    /** What a node says to have found, if it is to be believed and has not expired. */
    Optional<StoredValue> found(DhtId key, FindMessages.FoundValue found, double now) throws ProtocolException {
        if (found.type() == FindMessages.DICTIONARY) {
            return dictionary(key, found.value()).at(now);
        }
        boolean valid = found.value().length <= limits.valueBytesMax()
                && found.expiration() > now
                && accepts(key, StoreItems.NO_SUBKEY, found.value(), found.expiration());
        return valid ? Optional.of(new StoredValue.Regular(found.value(), found.expiration())) : Optional.empty();
    }
}
