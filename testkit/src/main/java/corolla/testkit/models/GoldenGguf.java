package corolla.testkit.models;

import java.nio.file.Path;
import java.util.List;

/**
 * Some blocks of golden models as llama.cpp's converter writes them; {@code convert.py} beside them says how they were made. Only
 * static methods.
 */
public final class GoldenGguf {
    /** Every architecture, and other settings of some. */
    public static final List<String> ALL = List.of(
            "bloom",
            "bloom_six_heads",
            "deepseek_v3",
            "deepseek_v3_yarn",
            "falcon40",
            "falcon7",
            "falcon_one_norm",
            "gemma3",
            "gpt_oss",
            "llama",
            "llama3",
            "llama_biased",
            "mistral",
            "mixtral",
            "qwen2",
            "qwen3",
            "qwen3_moe");

    private GoldenGguf() {}

    /**
     * Copies a GGUF file into a folder.
     *
     * @return the file
     */
    public static Path unpack(String name, Path folder) {
        String file = name + ".gguf";
        return GoldenModels.unpack("/golden/gguf", List.of(file), folder).resolve(file);
    }

    /**
     * Copies the checkpoint that was converted: the golden model's tensors with the {@code config.json} that the converter saw, which
     * has fewer blocks.
     *
     * @param folder where {@code name} is made
     * @return the checkpoint's folder
     */
    public static Path unpackSource(String name, Path folder) {
        Path target = folder.resolve(name);
        GoldenModels.unpackFile("/golden/gguf/" + name + ".json", target.resolve("config.json"));
        GoldenModels.unpackFile("/golden/models/" + name + "/model.safetensors", target.resolve("model.safetensors"));
        return target;
    }
}
