package corolla.dht.validation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Several validators as one. Immutable. */
public final class ValidatorChain {
    private final List<RecordValidator> ascending;

    public ValidatorChain(List<RecordValidator> validators) {
        List<RecordValidator> sorted = new ArrayList<>(validators);
        sorted.sort(Comparator.comparingInt(RecordValidator::priority));
        this.ascending = List.copyOf(sorted);
    }

    /** Without any, all records are valid and stay as they are. */
    public boolean isEmpty() {
        return ascending.isEmpty();
    }

    /** True when all validators agree, each seeing what it once signed. */
    public boolean validate(DhtRecord record) {
        DhtRecord seen = record;
        for (RecordValidator validator : ascending.reversed()) {
            if (!validator.validate(seen)) {
                return false;
            }
            seen = seen.withValue(validator.strip(seen));
        }
        return true;
    }

    /** The value with all additions. */
    public byte[] sign(DhtRecord record) {
        DhtRecord signed = record;
        for (RecordValidator validator : ascending) {
            signed = signed.withValue(validator.sign(signed));
        }
        return signed.value();
    }

    /** The value without any addition. */
    public byte[] strip(DhtRecord record) {
        DhtRecord stripped = record;
        for (RecordValidator validator : ascending.reversed()) {
            stripped = stripped.withValue(validator.strip(stripped));
        }
        return stripped.value();
    }
}
