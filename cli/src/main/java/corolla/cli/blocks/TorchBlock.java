package corolla.cli.blocks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Runs {@code torch_block.py} with somebody's Python: the block of Hugging Face's transformers on PyTorch. Stateless. */
final class TorchBlock {
    private static final String SCRIPT = "torch_block.py";

    private TorchBlock() {}

    /**
     * A row for each of PyTorch's types.
     *
     * @param folder has the model's {@code config.json}; gets the script
     * @param device cpu or cuda
     * @param listener is told where it does not run, and why; then there are no rows, or fewer
     */
    static List<BlockRow> run(BlocksOptions options, Path folder, String device, int threads, Consumer<String> listener)
            throws IOException, InterruptedException {
        Path script = folder.resolve(SCRIPT);
        try (InputStream in = TorchBlock.class.getResourceAsStream(SCRIPT)) {
            if (in == null) {
                throw new IllegalStateException("resource " + SCRIPT + " is missing beside " + TorchBlock.class);
            }
            Files.copy(in, script);
        }
        Process process = new ProcessBuilder(
                        options.python().orElseThrow().toString(),
                        script.toString(),
                        folder.toString(),
                        device,
                        String.valueOf(threads),
                        String.valueOf(options.time().toNanos() / 1e9),
                        joined(options.decoded()),
                        joined(options.batches()))
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        Map<String, BlockRow> rows = new LinkedHashMap<>();
        List<String> others = new ArrayList<>();
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith("{")) {
                    add(rows, new ObjectMapper().readTree(line));
                } else {
                    others.add(line);
                }
            }
        } finally {
            process.destroy();
        }
        int code = process.waitFor();
        if (code != 0) {
            listener.accept("PyTorch's block ended with " + code + ": " + (others.isEmpty() ? "" : others.getLast()));
        }
        return List.copyOf(rows.values());
    }

    private static String joined(List<Integer> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private static void add(Map<String, BlockRow> rows, JsonNode line) {
        String name = "PyTorch " + line.path("type").asText();
        BlockRow before = rows.getOrDefault(name, new BlockRow(name, Double.NaN, Map.of(), Map.of(), Map.of()));
        int sequences = line.path("sequences").asInt();
        boolean isDecoding = line.path("kind").asText().equals("decode");
        double forward = line.path("forward_s").asDouble();
        rows.put(
                name,
                new BlockRow(
                        name,
                        line.path("weight_bytes").asDouble(Double.NaN),
                        isDecoding ? with(before.decode(), sequences, forward) : before.decode(),
                        isDecoding ? before.forward() : with(before.forward(), sequences, forward),
                        isDecoding
                                ? before.backward()
                                : with(
                                        before.backward(),
                                        sequences,
                                        line.path("backward_s").asDouble())));
    }

    private static Map<Integer, Double> with(Map<Integer, Double> before, int sequences, double seconds) {
        Map<Integer, Double> all = new HashMap<>(before);
        all.put(sequences, seconds);
        return all;
    }
}
