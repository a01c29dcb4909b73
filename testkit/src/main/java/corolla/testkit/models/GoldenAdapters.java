package corolla.testkit.models;

import java.nio.file.Path;
import java.util.List;

/** The LoRA adapters of {@link GoldenModels} under {@code golden/adapters}, as folders on disk. Stateless. */
public final class GoldenAdapters {
    /** Model and adapter: {@code llama/all}. */
    public static final List<String> ALL = List.of(
            "bloom/all",
            "bloom/some",
            "deepseek_v3/all",
            "deepseek_v3/patterns",
            "falcon40/all",
            "falcon40/some",
            "falcon7/all",
            "falcon7/some",
            "gemma3/all",
            "gemma3/patterns",
            "llama/all",
            "llama/some",
            "mixtral/all",
            "mixtral/patterns",
            "qwen3/all",
            "qwen3/patterns",
            "qwen3_moe/all",
            "qwen3_moe/patterns");

    private static final List<String> FILES =
            List.of("adapter_config.json", "adapter_model.safetensors", "expected.safetensors");

    private GoldenAdapters() {}

    /** The other adapter of the same model. */
    public static String other(String name) {
        return ALL.stream()
                .filter(other -> model(other).equals(model(name)) && !other.equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The model that an adapter is for. */
    public static String model(String name) {
        return name.substring(0, name.indexOf('/'));
    }

    /**
     * Copies an adapter with the {@code expected.safetensors} of the adapted model into a folder.
     *
     * @param folder where {@code adapters/name} is made; a test's temporary folder
     * @return the adapter's folder
     */
    public static Path unpack(String name, Path folder) {
        return GoldenModels.unpack(
                "/golden/adapters/" + name, FILES, folder.resolve("adapters").resolve(name));
    }
}
