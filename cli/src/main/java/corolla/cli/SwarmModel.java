package corolla.cli;

import corolla.base.Environment;
import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.base.time.Deadline;
import corolla.dht.DhtNode;
import corolla.dht.DhtValue;
import corolla.model.source.ModelParts;
import corolla.swarm.ModelRecord;
import corolla.swarm.Span;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model as a swarm knows it.
 *
 * @param prefix its DHT prefix
 * @param blockCount how many blocks it has
 */
record SwarmModel(String prefix, int blockCount) {
    static final Duration READ_TIME = Duration.ofSeconds(30);

    /** What was said about it on the command line; each part may be missing. */
    record Given(
            @Nullable String model,
            @Nullable String dhtPrefix,
            @Nullable Integer blockCount) {}

    Span blocks() {
        return new Span(0, blockCount);
    }

    /** Finds out what is missing: from the model's files, or from what the swarm lists. */
    static SwarmModel of(Given given, Console console, Environment environment, Map<String, ModelRecord> listed)
            throws IOException, InterruptedException {
        String prefix = given.dhtPrefix;
        Integer blocks = given.blockCount;
        if (given.model != null) {
            try (ModelFiles files = ModelFiles.open(environment, console, given.model, ModelParts.none())) {
                prefix = files.prefix(prefix);
                blocks = files.config().blockCount();
            }
        }
        ModelRecord record = listed.get(prefix);
        if (blocks == null && record != null) {
            blocks = record.blockCount();
        }
        if (prefix == null || blocks == null) {
            throw new UserException("the swarm does not list a model '" + prefix
                    + "': give MODEL, or --num-blocks to look for it all the same");
        }
        return new SwarmModel(prefix, blocks);
    }

    /** What servers say which models they serve: by DHT prefix. */
    static Map<String, ModelRecord> listed(DhtNode dht, Environment environment)
            throws IOException, InterruptedException {
        Pack key = new Pack.Text(ModelRecord.KEY);
        DhtValue value = dht.getMany(List.of(key), true, Deadline.after(environment.clock(), READ_TIME))
                .get(key);
        var models = new LinkedHashMap<String, ModelRecord>();
        if (value instanceof DhtValue.Dictionary dictionary) {
            dictionary.entries().forEach((subkey, entry) -> {
                try {
                    models.put(subkey.asText(), ModelRecord.read(entry.value()));
                } catch (ProtocolException e) {
                    System.getLogger(SwarmModel.class.getName())
                            .log(System.Logger.Level.WARNING, "model record ignored: {0}", e.getMessage());
                }
            });
        }
        return models;
    }
}
