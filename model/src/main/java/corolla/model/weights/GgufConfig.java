package corolla.model.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.model.family.AttentionConfig;
import corolla.model.family.AttentionConfig.Storage;
import corolla.model.family.BlockConfig;
import corolla.model.family.CheckpointException;
import corolla.model.family.ConfigJson;
import corolla.model.family.EndsConfig;
import corolla.model.family.Families;
import corolla.model.family.ModelConfig;
import corolla.model.family.NormConfig;
import corolla.model.family.RopeConfig;
import corolla.model.family.RopeScaling;
import corolla.model.gguf.GgufValue;
import corolla.tensor.DType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A model's configuration from GGUF metadata: what it says is written as {@code config.json} for the family's reader; then comes what
 * the converter did to tensors. Confined to one reading.
 */
final class GgufConfig {
    private final GgufMetadata metadata;
    private final GgufArchitecture architecture;

    GgufConfig(GgufMetadata metadata, GgufArchitecture architecture) {
        this.metadata = metadata;
        this.architecture = architecture;
    }

    /**
     * Reads the configuration.
     *
     * @param embeddings the embedding table, whose type is taken for the model's; empty when the file has none
     * @param ropeDivisors the values of {@code rope_freqs.weight}; empty when the file has none
     */
    ModelConfig read(Optional<TensorInfo> embeddings, List<Float> ropeDivisors) throws IOException {
        try {
            DType storedType = embeddings.map(TensorInfo::dtype).orElse(DType.F32);
            OptionalLong rows =
                    embeddings.stream().mapToLong(table -> table.shape().rows()).findFirst();
            return asStored(Families.read(json(storedType, rows)), storedType, ropeDivisors);
        } catch (CheckpointException | IllegalArgumentException | ArithmeticException refused) {
            String message = String.valueOf(refused.getMessage());
            String path = metadata.path().toString();
            throw new CheckpointException(message.startsWith(path) ? message : path + ": " + message, refused);
        }
    }

    private ConfigJson json(DType storedType, OptionalLong rows) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = mapper.createObjectNode();
        json.put("model_type", architecture.modelType());
        json.put("hidden_size", metadata.integer("embedding_length"));
        json.put("vocab_size", vocabularySize(rows));
        json.put("tie_word_embeddings", !metadata.hasTensor("output.weight"));
        // What is scaled by it is rounded only where the reference's would be.
        json.put("dtype", storedType == DType.BF16 ? "bfloat16" : "float32");
        Optional<Integer> begin = metadata.whole("tokenizer.ggml.bos_token_id");
        if (begin.isPresent()) {
            json.put("bos_token_id", begin.get());
        }
        ArrayNode end = json.putArray("eos_token_id");
        endTokens().forEach(end::add);
        architecture.settings().write(metadata, json);
        return ConfigJson.parse(mapper.writeValueAsBytes(json), null);
    }

    /** The tokens' number; a file without them may say it, or has a table with so many rows. */
    private int vocabularySize(OptionalLong rows) throws CheckpointException {
        Optional<List<GgufValue>> tokens = metadata.file().sequence("tokenizer.ggml.tokens");
        if (tokens.isPresent()) {
            return tokens.get().size();
        }
        Optional<Integer> size = metadata.find("vocab_size");
        return size.isPresent() || rows.isEmpty() ? metadata.integer("vocab_size") : Math.toIntExact(rows.getAsLong());
    }

    private List<Integer> endTokens() throws CheckpointException {
        List<Integer> tokens = new ArrayList<>();
        for (String kind : List.of("eos", "eot")) {
            Optional<Integer> token = metadata.whole("tokenizer.ggml." + kind + "_token_id");
            if (token.isPresent() && !tokens.contains(token.get())) {
                tokens.add(token.get());
            }
        }
        return tokens;
    }

    private ModelConfig asStored(ModelConfig config, DType storedType, List<Float> ropeDivisors) {
        Map<BlockConfig, BlockConfig> kinds = new HashMap<>();
        List<BlockConfig> blocks = new ArrayList<>();
        for (BlockConfig block : config.blocks()) {
            BlockConfig stored = new BlockConfig(
                    block.layout(),
                    whole(block.norm()),
                    asStored(block.attention(), ropeDivisors),
                    block.feedForward());
            blocks.add(kinds.computeIfAbsent(stored, same -> same));
        }
        EndsConfig ends = config.ends();
        return new ModelConfig(
                config.modelType(),
                blocks,
                config.hiddenSize(),
                config.vocabularySize(),
                config.positionsMax(),
                new EndsConfig(ends.embeddingScale(), ends.embeddingNorm(), whole(ends.finalNorm()), ends.headTied()),
                storedType,
                config.beginToken(),
                config.endTokens());
    }

    /** The converter adds the one that Gemma's norms leave out. */
    private static NormConfig whole(NormConfig norm) {
        return new NormConfig(norm.kind(), norm.epsilon(), false);
    }

    private static AttentionConfig asStored(AttentionConfig attention, List<Float> ropeDivisors) {
        AttentionConfig stored =
                attention.storage() == Storage.GROUPED ? attention.withStorage(Storage.JOINED) : attention;
        if (ropeDivisors.isEmpty()) {
            return stored;
        }
        RopeConfig rope = attention.rope();
        if (ropeDivisors.size() != rope.dimensions() / 2) {
            throw new IllegalArgumentException("rope_freqs.weight has " + ropeDivisors.size() + " values for "
                    + rope.dimensions() / 2 + " pairs that turn");
        }
        return stored.withPositions(new RopeConfig(
                rope.theta(), rope.dimensions(), new RopeScaling.Divisors(ropeDivisors), rope.pairing()));
    }
}
