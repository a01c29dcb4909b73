package corolla.model.family;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The families that are known. */
public final class Families {

    private static final List<String> LLAMA_PREFIXES = List.of("model.", "");
    private static final List<String> LANGUAGE_MODEL_PREFIXES =
            List.of("model.", "language_model.model.", "model.language_model.", "");
    private static final List<String> TRANSFORMER_PREFIXES = List.of("transformer.", "");

    private static final List<Family> ALL = List.of(
            new Family("bloom", BloomReader::read, TensorNames.BLOOM, TRANSFORMER_PREFIXES),
            new Family("deepseek_v3", DeepseekReader::read, TensorNames.DEEPSEEK_V3, LLAMA_PREFIXES),
            new Family("falcon", FalconReader::read, TensorNames.BLOOM, TRANSFORMER_PREFIXES),
            new Family("gemma3", Gemma3Reader::multimodal, TensorNames.GEMMA3, LANGUAGE_MODEL_PREFIXES),
            new Family("gemma3_text", Gemma3Reader::read, TensorNames.GEMMA3, LANGUAGE_MODEL_PREFIXES),
            new Family("gpt_oss", GptOssReader::read, TensorNames.GPT_OSS, LLAMA_PREFIXES),
            new Family("llama", LlamaReader::llama, TensorNames.LLAMA, LLAMA_PREFIXES),
            new Family("mistral", LlamaReader::mistral, TensorNames.LLAMA, LLAMA_PREFIXES),
            new Family(
                    "mixtral",
                    MixtralReader::read,
                    TensorNames.MIXTRAL,
                    LLAMA_PREFIXES,
                    Map.of("block_sparse_moe.", "mlp.")), // transformers 5 in memory
            new Family("qwen2", QwenReader::qwen2, TensorNames.LLAMA, LLAMA_PREFIXES),
            new Family("qwen3", QwenReader::qwen3, TensorNames.LLAMA, LLAMA_PREFIXES),
            new Family("qwen3_moe", QwenReader::qwen3Moe, TensorNames.QWEN3_MOE, LLAMA_PREFIXES));

    private Families() {}

    /**
     * The family of a model type.
     *
     * @throws CheckpointException naming the known ones when it is not known
     */
    public static Family of(String modelType) throws CheckpointException {
        return ALL.stream()
                .filter(family -> family.modelType().equals(modelType))
                .findFirst()
                .orElseThrow(() -> new CheckpointException("model type \"" + modelType + "\" is not known, known are "
                        + ALL.stream().map(Family::modelType).collect(Collectors.joining(", "))));
    }

    /**
     * Reads {@code config.json}.
     *
     * @throws CheckpointException naming what is missing or not understood
     */
    public static ModelConfig read(ConfigJson json) throws CheckpointException {
        try {
            return of(json.text("model_type")).reader().read(json);
        } catch (IllegalArgumentException | ArithmeticException refused) {
            throw new CheckpointException(String.valueOf(refused.getMessage()), refused);
        }
    }
}
