package corolla.cli;

import corolla.server.ServerConfig;
import corolla.swarm.Span;
import java.util.List;
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
 */
record AlsoServed(
        String model,
        @Nullable String dhtPrefix,
        @Nullable Span blocks,
        @Nullable Integer blockCount,
        @Nullable Integer cacheTokens) {

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
        var also = new AlsoServed(parts.getFirst(), null, null, null, null);
        for (String part : parts.subList(1, parts.size())) {
            int equals = part.indexOf('=');
            if (equals < 0) {
                throw new UserException("--also " + text + ": '" + part + "' is not OPTION=VALUE");
            }
            also = also.with(text, part.substring(0, equals), part.substring(equals + 1));
        }
        return also;
    }

    private AlsoServed with(String text, String option, String value) {
        try {
            return switch (option) {
                case "dht-prefix" -> new AlsoServed(model, value, blocks, blockCount, cacheTokens);
                case "block-indices" -> new AlsoServed(model, dhtPrefix, Span.parse(value), blockCount, cacheTokens);
                case "num-blocks" -> new AlsoServed(model, dhtPrefix, blocks, Integer.valueOf(value), cacheTokens);
                case "attn-cache-tokens" ->
                    new AlsoServed(model, dhtPrefix, blocks, blockCount, Integer.valueOf(value));
                default ->
                    throw new UserException("--also " + text + ": '" + option
                            + "' is none of dht-prefix, block-indices, num-blocks, attn-cache-tokens");
            };
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
