package corolla.cli;

import corolla.server.ServerConfig;
import corolla.swarm.Span;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;

/**
 * One more model that a server's node serves: {@code MODEL[,OPTION=VALUE…]}. Immutable.
 *
 * @param model folder, GGUF file, Hugging Face id or known name
 * @param dhtPrefix its name in the swarm, or null: derived
 * @param blocks which blocks, or null
 * @param blockCount how many where the swarm needs them most, or null: all
 * @param cacheTokens tokens of keys and values for each block, or null: by the model
 * @param adapters LoRA adapters that it serves too, as {@code --adapters} has them
 * @param adaptersFolder whose subfolders it serves as adapters, or null
 */
record AlsoServed(
        String model,
        @Nullable String dhtPrefix,
        @Nullable Span blocks,
        @Nullable Integer blockCount,
        @Nullable Integer cacheTokens,
        List<String> adapters,
        @Nullable Path adaptersFolder) {

    AlsoServed {
        adapters = List.copyOf(adapters);
    }

    private static final List<String> OPTIONS =
            List.of("dht-prefix", "block-indices", "num-blocks", "attn-cache-tokens", "adapter", "adapters-dir");

    /** Picocli's way to {@link #parse}. */
    static final class Converter implements ITypeConverter<AlsoServed> {
        @Override
        public AlsoServed convert(String text) {
            return parse(text);
        }
    }

    /** Reads what follows {@code --also}. */
    static AlsoServed parse(String text) {
        List<String> parts = List.of(text.split(",", -1));
        Map<String, String> options = new HashMap<>();
        List<String> adapters = new ArrayList<>();
        for (String part : parts.subList(1, parts.size())) {
            int equals = part.indexOf('=');
            if (equals < 0) {
                throw new UserException("--also " + text + ": '" + part + "' is not OPTION=VALUE");
            }
            String option = part.substring(0, equals);
            String value = part.substring(equals + 1);
            if (!OPTIONS.contains(option)) {
                throw new UserException(
                        "--also " + text + ": '" + option + "' is none of " + String.join(", ", OPTIONS));
            }
            if (option.equals("adapter")) {
                adapters.add(value);
            } else {
                options.put(option, value);
            }
        }
        return new AlsoServed(
                parts.getFirst(),
                options.get("dht-prefix"),
                value(text, options, "block-indices", Span::parse),
                value(text, options, "num-blocks", Integer::valueOf),
                value(text, options, "attn-cache-tokens", Integer::valueOf),
                adapters,
                value(text, options, "adapters-dir", Path::of));
    }

    private static <T> @Nullable T value(
            String text, Map<String, String> options, String option, Function<String, T> reader) {
        String value = options.get(option);
        try {
            return value == null ? null : reader.apply(value);
        } catch (IllegalArgumentException malformed) {
            throw new UserException("--also " + text + ": " + option + " cannot be '" + value + "'", malformed);
        }
    }

    /** Sets the choices of this model. */
    void choose(ServerConfig.Builder config, int blocksOfModel) {
        if (blocks != null && blocks.end() > blocksOfModel) {
            throw new UserException(
                    "--also " + model + ",block-indices=" + blocks + ": the model has the blocks 0:" + blocksOfModel);
        }
        if (blocks != null) {
            config.blocks(blocks);
        } else {
            config.blockCount(ServerCommand.checkedCount("--also " + model + ",num-blocks", blockCount, blocksOfModel));
        }
        if (cacheTokens != null) {
            config.cacheTokens(cacheTokens);
        }
    }
}
