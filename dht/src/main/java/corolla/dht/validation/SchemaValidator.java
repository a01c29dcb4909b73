package corolla.dht.validation;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.dht.kbucket.DhtId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks values by key: what is stored under a known key must please one of the key's checks. Immutable.
 */
public final class SchemaValidator implements RecordValidator {
    private final Map<DhtId, List<Check>> checks;
    private final boolean allowOtherKeys;

    /** What a value must be. */
    @FunctionalInterface
    public interface Check {
        /**
         * Decides on one value.
         *
         * @param subkey the subkey; Nil for a regular value
         */
        boolean accepts(Pack subkey, Pack value);
    }

    private SchemaValidator(Map<DhtId, List<Check>> checks, boolean allowOtherKeys) {
        this.checks = checks;
        this.allowOtherKeys = allowOtherKeys;
    }

    /** One check for one key; keys without a check are valid if {@code allowOtherKeys}. */
    public static SchemaValidator of(Pack key, boolean allowOtherKeys, Check check) {
        return new SchemaValidator(Map.of(DhtId.ofKey(key), List.of(check)), allowOtherKeys);
    }

    /** Accepts what either accepts. */
    public SchemaValidator or(SchemaValidator other) {
        Map<DhtId, List<Check>> all = new LinkedHashMap<>(checks);
        other.checks.forEach((key, more) -> all.merge(key, more, SchemaValidator::joined));
        return new SchemaValidator(all, allowOtherKeys || other.allowOtherKeys);
    }

    private static List<Check> joined(List<Check> some, List<Check> more) {
        List<Check> both = new ArrayList<>(some);
        both.addAll(more);
        return List.copyOf(both);
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public boolean validate(DhtRecord record) {
        try {
            List<Check> ofKey = checks.get(DhtId.decode(record.keyId()));
            if (ofKey == null) {
                return allowOtherKeys;
            }
            Pack subkey = Pack.decode(record.subkey());
            Pack value = Pack.decode(record.value());
            return ofKey.stream().anyMatch(check -> check.accepts(subkey, value));
        } catch (ProtocolException malformed) {
            return false;
        }
    }
}
