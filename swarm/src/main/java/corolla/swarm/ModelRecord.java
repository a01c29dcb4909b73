package corolla.swarm;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import org.jspecify.annotations.Nullable;

/**
 * A model that somebody serves, as the registry {@link #KEY} lists it under the model's DHT prefix. Immutable.
 *
 * @param blockCount blocks of the whole model, at least 1
 * @param repository where its weights come from, or null for a local folder
 */
public record ModelRecord(int blockCount, @Nullable String repository) {
    /** The DHT key of the registry; its subkeys are DHT prefixes. */
    public static final String KEY = "_petals.models";

    private static final String PRIVATE_MARK = "_";
    /** Where repositories of the hub are. */
    public static final String HUB = "https://huggingface.co/";

    public ModelRecord {
        if (blockCount < 1) {
            throw new IllegalArgumentException("a model of " + blockCount + " blocks");
        }
    }

    /** The record of a model of the hub, {@code repository} being its name there. */
    public static ModelRecord ofHub(int blockCount, String repository) {
        return new ModelRecord(blockCount, HUB + repository);
    }

    /** Whether a model of this prefix is listed: private prefixes begin with an underscore. */
    public static boolean isListed(String prefix) {
        return !prefix.startsWith(PRIVATE_MARK);
    }

    public Pack write() {
        return Pack.map()
                .put("num_blocks", blockCount)
                .put("repository", repository)
                .build();
    }

    public static ModelRecord read(Pack value) throws ProtocolException {
        int blockCount = value.get("num_blocks").asInt();
        if (blockCount < 1) {
            throw new ProtocolException("a model record has " + blockCount + " blocks");
        }
        Pack repository = value.get("repository");
        return new ModelRecord(blockCount, repository.isNil() ? null : repository.asText());
    }
}
