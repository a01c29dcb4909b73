package corolla.bench.blocks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs {@code bench/torch_block.py} with the stock peer's Python. */
final class TorchBlock {
    private TorchBlock() {}

    /** Microseconds of PyTorch's block. */
    record Line(String shape, String type, int tokens, double forwardMicros, double backwardMicros) {}

    /** The lines that the script prints; empty, with the reason on the error output, where it does not run. */
    static List<Line> run(Path python, Path script, int threads, Duration time)
            throws IOException, InterruptedException {
        if (!Files.isExecutable(python) || !Files.isRegularFile(script)) {
            System.err.println(
                    "PyTorch is left out: " + python + " or " + script + " is missing (interop/setup-stock.sh)");
            return List.of();
        }
        String seconds = String.valueOf(time.toMillis() / 1e3);
        Process process = new ProcessBuilder(python.toString(), script.toString(), String.valueOf(threads), seconds)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<Line> lines = new ArrayList<>();
        ObjectMapper json = new ObjectMapper();
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                JsonNode node = json.readTree(text);
                lines.add(new Line(
                        node.get("shape").asText(),
                        node.get("type").asText(),
                        node.get("tokens").asInt(),
                        node.get("forward_us").asDouble(),
                        node.get("backward_us").asDouble()));
            }
        }
        if (process.waitFor() != 0) {
            System.err.println("PyTorch's script ended with " + process.exitValue());
        }
        return lines;
    }

    static Optional<Line> find(List<Line> lines, String shape, String type, int tokens) {
        return lines.stream()
                .filter(line -> line.shape.equals(shape) && line.type.equals(type) && line.tokens == tokens)
                .findFirst();
    }
}
