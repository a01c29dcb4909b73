package corolla.model.weights;

import corolla.model.family.AttentionConfig;
import corolla.model.family.BlockConfig;
import corolla.model.family.BlockLayout;
import corolla.model.family.CheckpointException;
import corolla.model.family.EndsConfig;
import corolla.model.family.FeedForwardConfig;
import corolla.model.family.FeedForwardConfig.ExpertGate;
import corolla.model.family.ModelConfig;
import corolla.model.family.NormConfig;
import corolla.model.family.RopeConfig;
import corolla.model.family.RopeScaling;
import corolla.model.gguf.GgufFile;
import corolla.model.gguf.GgufValue;
import corolla.tensor.Activation;
import corolla.tensor.DType;
import corolla.tensor.RoutingRule;
import corolla.tensor.RoutingRule.Scoring;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A model's configuration from GGUF metadata. */
final class GgufConfig {
    private final GgufFile file;
    private final GgufArchitecture architecture;

    GgufConfig(GgufFile file, GgufArchitecture architecture) {
        this.file = file;
        this.architecture = architecture;
    }

    /** The architecture of a file, by the name in its metadata. */
    static GgufArchitecture architecture(GgufFile file) throws CheckpointException {
        String name = file.text("general.architecture")
                .orElseThrow(() -> new CheckpointException(file.path() + ": general.architecture is missing"));
        if (name.equals("llama") && file.whole("llama.expert_count").orElse(0L) > 0) {
            return GgufArchitecture.ofFamily("mixtral");
        }
        return GgufArchitecture.ALL.stream()
                .filter(known -> known.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new CheckpointException(file.path() + ": architecture \"" + name
                        + "\" is not known, known are "
                        + GgufArchitecture.ALL.stream()
                                .map(GgufArchitecture::name)
                                .distinct()
                                .toList()));
    }

    /**
     * Reads the configuration.
     *
     * @param headTied whether the file has no head of its own
     * @param storedType how the embedding table is stored
     * @param ropeDivisors the values of {@code rope_freqs.weight}; empty when the file has none
     */
    ModelConfig read(boolean headTied, DType storedType, List<Float> ropeDivisors) throws CheckpointException {
        try {
            int hiddenSize = integer("embedding_length");
            NormConfig norm = NormConfig.rms(real("attention.layer_norm_rms_epsilon", 1e-6));
            BlockConfig block =
                    new BlockConfig(BlockLayout.SEQUENTIAL, norm, attention(hiddenSize, ropeDivisors), feedForward());
            return new ModelConfig(
                    architecture.modelType(),
                    ModelConfig.alike(integer("block_count"), block),
                    hiddenSize,
                    vocabularySize(),
                    integer("context_length"),
                    EndsConfig.of(norm, headTied),
                    storedType,
                    token("bos").map(OptionalInt::of).orElse(OptionalInt.empty()),
                    endTokens());
        } catch (IllegalArgumentException refused) {
            throw new CheckpointException(file.path() + ": " + refused.getMessage(), refused);
        }
    }

    private FeedForwardConfig feedForward() throws CheckpointException {
        int size = integer("feed_forward_length");
        int experts = integer("expert_count", 0);
        if (experts == 0) {
            return new FeedForwardConfig.Gated(size, Activation.SILU, false);
        }
        RoutingRule rule = RoutingRule.of(experts, integer("expert_used_count"), Scoring.SOFTMAX, true);
        return new FeedForwardConfig.Sparse(rule, size, new ExpertGate.Plain(Activation.SILU), false, false, 0);
    }

    private AttentionConfig attention(int hiddenSize, List<Float> ropeDivisors) throws CheckpointException {
        int heads = integer("attention.head_count");
        int headSize = integer("attention.key_length", hiddenSize / Math.max(1, heads));
        int rotated = integer("rope.dimension_count", headSize);
        RopeConfig rope = new RopeConfig(real("rope.freq_base", 10_000), rotated, scaling(ropeDivisors));
        return AttentionConfig.of(heads, integer("attention.head_count_kv", heads), headSize, rope)
                .withWindow(integer("attention.sliding_window", 0));
    }

    private RopeScaling scaling(List<Float> divisors) throws CheckpointException {
        if (!divisors.isEmpty()) {
            return new RopeScaling.Divisors(divisors);
        }
        String kind = file.text(key("rope.scaling.type")).orElse("none");
        return switch (kind) {
            case "none" -> new RopeScaling.None();
            case "linear" -> new RopeScaling.Linear(real("rope.scaling.factor", 1));
            default ->
                throw new CheckpointException(
                        file.path() + ": rope scaling \"" + kind + "\" is not known, known are none, linear");
        };
    }

    private int vocabularySize() throws CheckpointException {
        Optional<List<GgufValue>> tokens = file.sequence("tokenizer.ggml.tokens");
        return tokens.isPresent() ? tokens.get().size() : integer("vocab_size");
    }

    private List<Integer> endTokens() throws CheckpointException {
        List<Integer> tokens = new ArrayList<>();
        for (String kind : List.of("eos", "eot")) {
            Optional<Integer> token = token(kind);
            if (token.isPresent() && !tokens.contains(token.get())) {
                tokens.add(token.get());
            }
        }
        return tokens;
    }

    private Optional<Integer> token(String kind) throws CheckpointException {
        String key = "tokenizer.ggml." + kind + "_token_id";
        Optional<Long> id = file.whole(key);
        return id.isPresent() ? Optional.of(toInt(key, id.get())) : Optional.empty();
    }

    private int integer(String name) throws CheckpointException {
        String key = key(name);
        return toInt(
                key,
                file.whole(key).orElseThrow(() -> new CheckpointException(file.path() + ": " + key + " is missing")));
    }

    private int integer(String name, int fallback) throws CheckpointException {
        return file.whole(key(name)).isPresent() ? integer(name) : fallback;
    }

    private double real(String name, double fallback) {
        return file.real(key(name)).orElse(fallback);
    }

    private String key(String name) {
        return architecture.name() + "." + name;
    }

    private int toInt(String key, long value) throws CheckpointException {
        if (value != (int) value) {
            throw new CheckpointException(file.path() + ": " + key + " is " + value);
        }
        return (int) value;
    }
}
