package corolla.testkit.models;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The checkpoints under {@code golden/models}, as folders on disk. Stateless. */
public final class GoldenModels {
    /** Every family there is. */
    public static final List<String> ALL = List.of(
            "bloom",
            "deepseek_v3",
            "falcon7",
            "falcon40",
            "gemma3",
            "gpt_oss",
            "llama",
            "llama3",
            "mistral",
            "mixtral",
            "qwen2",
            "qwen3",
            "qwen3_moe");

    /** Other settings of those families. */
    public static final List<String> VARIANTS = List.of(
            "bloom_six_heads",
            "deepseek_v3_plain",
            "deepseek_v3_yarn",
            "falcon_classic",
            "falcon_one_norm",
            "llama_biased",
            "qwen2_windows",
            "qwen3_moe_mixed");

    private static final List<String> FILES = List.of("config.json", "model.safetensors", "expected.safetensors");

    private GoldenModels() {}

    /**
     * Copies a checkpoint with its {@code expected.safetensors} into a folder.
     *
     * @param folder where {@code name} is made; a test's temporary folder
     * @return the checkpoint's folder
     */
    public static Path unpack(String name, Path folder) {
        return unpack("/golden/models/" + name, FILES, folder.resolve(name));
    }

    static Path unpack(String resources, List<String> files, Path target) {
        for (String file : files) {
            unpackFile(resources + "/" + file, target.resolve(file));
        }
        return target;
    }

    static void unpackFile(String resource, Path target) {
        try (InputStream in = GoldenModels.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new FileNotFoundException("no resource " + resource);
            }
            Files.createDirectories(target.getParent());
            if (!Files.exists(target)) {
                Files.copy(in, target);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
