package corolla.model.weights;

import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.model.family.CheckpointException;
import corolla.model.gguf.GgufFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How GGUF writes a family: names of tensors and of settings, and what its converter changed in them.
 *
 * @param name {@code general.architecture}, and the prefix of metadata keys
 * @param modelType the family; Mixtral is a Llama with experts to GGUF
 * @param names GGUF's names by ours, for tensors outside blocks
 * @param blockNames GGUF's names by ours, both after the block's index
 * @param settings what metadata says, as the family's {@code config.json} would say it
 * @param rotatedInPairs whether rows of queries and keys were re-ordered so that neighbours rotate together
 */
record GgufArchitecture(
        String name,
        String modelType,
        Map<String, String> names,
        Map<String, String> blockNames,
        Settings settings,
        boolean rotatedInPairs) {

    static final List<GgufArchitecture> ALL = List.of(
            of("bloom", "bloom", GgufNames.BLOOM, GgufNames.BLOOM_BLOCK, GgufSettings::bloom),
            of("deepseek2", "deepseek_v3", GgufNames.LLAMA, GgufNames.DEEPSEEK_BLOCK, GgufSettings::deepseek),
            of("falcon", "falcon", GgufNames.BLOOM, GgufNames.FALCON_BLOCK, GgufSettings::falcon),
            of("gemma3", "gemma3_text", GgufNames.LLAMA, GgufNames.GEMMA3_BLOCK, GgufSettings::gemma3),
            of("gpt-oss", "gpt_oss", GgufNames.LLAMA, GgufNames.GPT_OSS_BLOCK, GgufSettings::gptOss),
            inPairs("llama", GgufNames.LLAMA_BLOCK, GgufSettings::llama),
            inPairs("mistral", GgufNames.LLAMA_BLOCK, GgufSettings::mistral),
            inPairs("mixtral", GgufNames.MIXTRAL_BLOCK, GgufSettings::mixtral),
            of("qwen2", "qwen2", GgufNames.LLAMA, GgufNames.LLAMA_BLOCK, GgufSettings::qwen),
            of("qwen3", "qwen3", GgufNames.LLAMA, GgufNames.LLAMA_BLOCK, GgufSettings::qwen),
            of("qwen3moe", "qwen3_moe", GgufNames.LLAMA, GgufNames.QWEN3_MOE_BLOCK, GgufSettings::qwen3Moe));

    /** Writes keys of {@code config.json}. */
    @FunctionalInterface
    interface Settings {

        /** @throws CheckpointException naming the metadata key that is missing or not understood */
        void write(GgufMetadata from, ObjectNode to) throws CheckpointException;
    }

    private static GgufArchitecture of(
            String name,
            String modelType,
            Map<String, String> names,
            Map<String, String> blockNames,
            Settings settings) {
        return new GgufArchitecture(name, modelType, names, blockNames, settings, false);
    }

    private static GgufArchitecture inPairs(String modelType, Map<String, String> blockNames, Settings settings) {
        return new GgufArchitecture("llama", modelType, GgufNames.LLAMA, blockNames, settings, true);
    }

    /**
     * The architecture of a file, by the name in its metadata.
     *
     * @throws CheckpointException naming the known ones when it is not known
     */
    static GgufArchitecture of(GgufFile file) throws CheckpointException {
        String name = file.text("general.architecture")
                .orElseThrow(() -> new CheckpointException(file.path() + ": general.architecture is missing"));
        if (name.equals("llama")) {
            return ofFamily(llamaFamily(file));
        }
        return ALL.stream()
                .filter(known -> known.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new CheckpointException(file.path() + ": architecture \"" + name
                        + "\" is not known, known are "
                        + ALL.stream().map(GgufArchitecture::name).distinct().toList()));
    }

    private static String llamaFamily(GgufFile file) {
        if (file.whole("llama.expert_count").orElse(0L) > 0) {
            return "mixtral";
        }
        return file.whole("llama.attention.sliding_window").orElse(0L) > 0 ? "mistral" : "llama";
    }

    /** The architecture that a family is written as. */
    static GgufArchitecture ofFamily(String modelType) {
        return ALL.stream()
                .filter(known -> known.modelType.equals(modelType))
                .findFirst()
                .orElseThrow();
    }

    /** Our names of all tensors that a model of {@code blocks} blocks may have, and GGUF's. */
    Map<String, String> tensorNames(int blocks) {
        Map<String, String> all = new LinkedHashMap<>();
        names.forEach((ours, theirs) -> put(all, ours, theirs));
        String beforeOurs = names.containsKey("embed_tokens") ? "layers." : "h.";
        for (int block = 0; block < blocks; block++) {
            String before = beforeOurs + block + ".";
            String beforeTheirs = "blk." + block + ".";
            blockNames.forEach((ours, theirs) -> put(all, before + ours, beforeTheirs + theirs));
        }
        return all;
    }

    /** Names of GGUF that end so stand for one tensor whose name is whole on our side, others for weights and biases. */
    private static void put(Map<String, String> all, String ours, String theirs) {
        if (theirs.endsWith(".weight") || theirs.endsWith(".bias")) {
            all.put(ours, theirs);
            return;
        }
        all.put(ours + ".weight", theirs + ".weight");
        all.put(ours + ".bias", theirs + ".bias");
    }
}
