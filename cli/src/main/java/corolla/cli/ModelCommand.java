package corolla.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.base.RealEnvironment;
import corolla.model.family.ModelConfig;
import corolla.model.source.ModelParts;
import corolla.model.tokenizer.Tokenizer;
import corolla.model.weights.TensorInfo;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code corolla model}. */
@Command(
        name = "model",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Say what a model is, and where it is on this machine.",
        description = {"", "Fetches no weights, only what describes them.", ""})
final class ModelCommand implements Callable<Integer> {

    @ParentCommand
    @Nullable
    Corolla corolla;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "MODEL", description = "Folder, GGUF file, Hugging Face id or known name.")
    String model = "";

    @Mixin
    SourceOptions source = new SourceOptions();

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(corolla).console();
        common.startLogging(console, Logs.Volume.QUIET);
        try (RealEnvironment real = RealEnvironment.create(1);
                ModelFiles files =
                        ModelFiles.open(real.environment(), console, source, model, ModelParts.described())) {
            Map<String, String> facts = facts(files);
            if (json) {
                ObjectNode object = Json.object();
                facts.forEach(object::put);
                Json.print(console, object);
            } else {
                int width =
                        facts.keySet().stream().mapToInt(String::length).max().orElse(0);
                facts.forEach((name, value) -> console.line(
                        String.format(Locale.ROOT, "%-" + width + "s  %s", name.replace('_', ' '), value)));
            }
        }
        return 0;
    }

    private static Map<String, String> facts(ModelFiles files) throws IOException {
        ModelConfig config = files.config();
        var facts = new LinkedHashMap<String, String>();
        facts.put("name", files.found().name());
        facts.put("family", config.modelType());
        facts.put("blocks", Integer.toString(config.blockCount()));
        facts.put("hidden_size", Integer.toString(config.hiddenSize()));
        facts.put(
                "heads",
                config.attention().heads() + " of " + config.attention().headSize() + ", "
                        + config.attention().keyValueHeads() + " for keys and values");
        facts.put("vocabulary", Integer.toString(config.vocabularySize()));
        facts.put("positions_max", Integer.toString(config.positionsMax()));
        List<TensorInfo> tensors = files.tensors();
        facts.put("parameters", Sizes.count(elements(tensors)));
        facts.put("weights", weights(tensors));
        facts.put("tokenizer", tokenizer(files));
        facts.put("dht_prefix", files.derivedPrefix().orElse("none of its own: choose one with --dht-prefix"));
        files.found().repository().ifPresent(repository -> facts.put("repository", repository));
        facts.put("path", files.found().path().toString());
        return facts;
    }

    private static long elements(List<TensorInfo> tensors) {
        return tensors.stream().mapToLong(tensor -> tensor.shape().elements()).sum();
    }

    /** {@code 91.7 MiB: 85.1 MiB q4_1, …}. */
    private static String weights(List<TensorInfo> tensors) {
        var bytes = new TreeMap<String, Long>();
        for (TensorInfo tensor : tensors) {
            long size = tensor.dtype().bytes(tensor.shape().elements());
            bytes.merge(tensor.dtype().torchName(), size, Long::sum);
        }
        long sum = bytes.values().stream().mapToLong(Long::longValue).sum();
        return Sizes.bytes(sum) + ": "
                + bytes.entrySet().stream()
                        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                        .map(entry -> Sizes.bytes(entry.getValue()) + " " + entry.getKey())
                        .collect(Collectors.joining(", "));
    }

    private static String tokenizer(ModelFiles files) throws IOException {
        try (Resources resources = new Resources()) {
            Optional<Tokenizer> tokenizer = files.tokenizer();
            tokenizer.ifPresent(resources::add);
            return tokenizer
                    .map(known -> "yes, " + (known.chatTemplate().isPresent() ? "with" : "without") + " chat template")
                    .orElse("none: use --input-ids");
        }
    }
}
