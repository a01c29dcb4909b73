import com.github.tjake.jlama.model.AbstractModel;
import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.model.functions.Generator;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.safetensors.prompt.PromptContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * Jlama's speed: a prompt of about so many tokens, then so many new ones. Prints "prompt tokens/s, decode tokens/s" of the best of some
 * runs. Started from source: {@code java -cp 'lib/*' JlamaBench.java FOLDER THREADS PROMPT NEW RUNS}.
 */
public final class JlamaBench {
    private JlamaBench() {}

    /** See the class. */
    public static void main(String[] args) throws IOException {
        int threads = Integer.parseInt(args[1]);
        int promptTokens = Integer.parseInt(args[2]);
        int newTokens = Integer.parseInt(args[3]);
        Path folder = Path.of(args[0]);
        Path quantised = folder.resolveSibling(folder.getFileName() + "-q4");
        if (!Files.isDirectory(quantised)) {
            SafeTensorSupport.quantizeModel(folder, DType.Q4, new String[0], new String[0], Optional.of(quantised));
        }
        try (AbstractModel model = ModelSupport.loadModel(
                quantised.toFile(), null, DType.F32, DType.I8, Optional.empty(), Optional.of(threads))) {
            String text = "a" + " a".repeat(promptTokens - 1);
            double prompt = 0;
            double decode = 0;
            for (int i = 0; i <= Integer.parseInt(args[4]); i++) { // the first warms up
                int[] produced = {0};
                long[] times = {0, 0};
                long start = System.nanoTime();
                Generator.Response response = model.generate(
                        UUID.randomUUID(), PromptContext.of(text), 0f, promptTokens + newTokens, (token, time) -> {
                            if (produced[0]++ == 0) {
                                times[0] = System.nanoTime();
                            }
                            times[1] = System.nanoTime();
                        });
                if (i > 0 && produced[0] > 1) {
                    prompt = Math.max(prompt, response.promptTokens / ((times[0] - start) / 1e9));
                    decode = Math.max(decode, (produced[0] - 1) / ((times[1] - times[0]) / 1e9));
                }
            }
            System.out.println(prompt + " " + decode);
            System.exit(0);
        }
    }
}
