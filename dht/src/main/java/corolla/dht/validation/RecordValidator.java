package corolla.dht.validation;

/** One link of the chain. Thread-safe. */
public interface RecordValidator {

    /** Signing goes from the lowest priority to the highest, validating the other way, so that each sees what it signed. */
    int priority();

    /** True when the record is to be believed. */
    boolean validate(DhtRecord record);

    /** The value with this validator's addition, if it has one to make. */
    default byte[] sign(DhtRecord record) {
        return record.value();
    }

    /** The value without this validator's addition. */
    default byte[] strip(DhtRecord record) {
        return record.value();
    }
}
