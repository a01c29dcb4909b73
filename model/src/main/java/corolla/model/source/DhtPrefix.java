package corolla.model.source;

import java.util.Locale;
import java.util.Optional;

/** The name under which Petals peers look a model up in the DHT (petals-protocol, "dht_prefix derivation"). */
public final class DhtPrefix {

    private DhtPrefix() {}

    /**
     * The prefix that stock peers derive from a hub id; empty for families for which they have no rule.
     *
     * @param modelType {@code llama}, {@code bloom}, …
     * @param repository {@code org/name}
     */
    public static Optional<String> of(String modelType, String repository) {
        String name = repository.startsWith("bigscience/") && repository.endsWith("-petals")
                ? repository.substring(0, repository.length() - "-petals".length())
                : repository;
        String last = name.substring(name.lastIndexOf('/') + 1);
        return switch (modelType.toLowerCase(Locale.ROOT)) {
            case "bloom" -> Optional.of(dashed(name + "-petals"));
            case "llama" -> Optional.of(withSuffix(dashed(last), "-hf"));
            case "falcon" -> Optional.of(dashed(last));
            case "mixtral" -> Optional.of(dashed(name));
            default -> Optional.empty();
        };
    }

    private static String dashed(String name) {
        return name.replace('.', '-');
    }

    private static String withSuffix(String name, String suffix) {
        return name.endsWith(suffix) ? name : name + suffix;
    }
}
