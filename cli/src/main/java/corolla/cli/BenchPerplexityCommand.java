package corolla.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.base.time.Deadline;
import corolla.model.LocalModel;
import corolla.model.Perplexity;
import corolla.model.weights.BlockFormat;
import corolla.model.weights.Quantisation;
import corolla.model.weights.WeightsType;
import corolla.tensor.quant.OutlierShare;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code corolla bench perplexity}. */
@Command(
        name = "perplexity",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "How well a model in this process foretells a text, by the format of its blocks' weights.",
        description = {
            "",
            "The text is cut into windows; perplexity is exp of the mean of -log p of every token but a window's first. Without --text it is"
                    + " the beginning of Newton's Opticks (1730), 150 KB, which is in the public domain.",
            ""
        })
final class BenchPerplexityCommand implements Callable<Integer> {
    private static final Duration TIME = Duration.ofHours(12);
    private static final String TEXT = "opticks.txt.gz";

    @ParentCommand
    @Nullable
    BenchCommand bench;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "MODEL", description = "Folder, GGUF file, Hugging Face id or known name.")
    String model = "";

    @Option(names = "--text", paramLabel = "FILE", description = "UTF-8 text to foretell.")
    @Nullable
    Path text;

    @Option(
            names = "--formats",
            paramLabel = "FORMAT",
            split = ",",
            defaultValue = "auto,bf16,int8,nf4",
            description = "What blocks are kept in, one after the other: auto (as stored), f32, bf16, f16, int8, nf4."
                    + " Default: ${DEFAULT-VALUE}.")
    List<String> formats = List.of();

    @Option(
            names = "--window",
            paramLabel = "N",
            defaultValue = "512",
            description = "Tokens of a window. Default: ${DEFAULT-VALUE}.")
    int window;

    @Option(names = "--tokens-max", paramLabel = "N", description = "Only so many tokens of the text.")
    @Nullable
    Integer tokensMax;

    @Mixin
    ComputeOptions compute = new ComputeOptions();

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    /** What came of one format. */
    private record Row(String format, long bytes, Perplexity perplexity, OutlierShare outliers) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(bench).console();
        common.startLogging(console, Logs.Volume.QUIET);
        if (window < 2 || (tokensMax != null && tokensMax < 2)) {
            throw new UserException("--window and --tokens-max must be at least 2");
        }
        List<Row> rows = new ArrayList<>();
        for (String format : formats) {
            rows.add(measure(console, format));
        }
        print(console, rows);
        return 0;
    }

    private Row measure(Console console, String format) throws IOException, InterruptedException {
        try (RunningModel running =
                RunningModel.local(console, new SourceOptions(), model, format(format), compute, "")) {
            int[] ids = running.requiredTokenizer().encodeWithSpecialTokens(text());
            if (tokensMax != null && tokensMax < ids.length) {
                ids = Arrays.copyOf(ids, tokensMax);
            }
            Perplexity perplexity = Perplexity.measure(
                    running.ends(),
                    running.blocks(),
                    running.environment().team(),
                    ids,
                    window,
                    Deadline.after(running.environment().clock(), TIME));
            long bytes = running.blocks() instanceof LocalModel local
                    ? local.blocks().weightBytes()
                    : 0;
            return new Row(format, bytes, perplexity, running.ends().kernels().outliers());
        }
    }

    private static BlockFormat format(String name) {
        var option = new QuantisationOption();
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "int8" -> option.format(WeightsType.AUTO, Quantisation.INT8);
            case "nf4" -> option.format(WeightsType.AUTO, Quantisation.NF4);
            default -> option.format(WeightsOption.parse("--formats", name), Quantisation.NONE);
        };
    }

    private String text() throws IOException {
        if (text != null) {
            return Files.readString(text);
        }
        try (InputStream packed = BenchPerplexityCommand.class.getResourceAsStream(TEXT);
                InputStream plain = new GZIPInputStream(Objects.requireNonNull(packed))) {
            return new String(plain.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void print(Console console, List<Row> rows) {
        double first = rows.getFirst().perplexity.value();
        if (json) {
            ObjectNode object = Json.object();
            ArrayNode array = object.putArray("formats");
            for (Row row : rows) {
                array.addObject()
                        .put("format", row.format)
                        .put("block_bytes", row.bytes)
                        .put("tokens", row.perplexity.tokens())
                        .put("perplexity", row.perplexity.value())
                        .put("outlier_share", row.outliers.share());
            }
            Json.print(console, object);
            return;
        }
        var table = new Table("format", "blocks", "perplexity", "to " + rows.getFirst().format, "outlier features");
        for (Row row : rows) {
            table.row(
                    row.format,
                    Sizes.bytes(row.bytes),
                    String.format(Locale.ROOT, "%.3f", row.perplexity.value()),
                    String.format(Locale.ROOT, "%+.2f %%", 100 * (row.perplexity.value() / first - 1)),
                    outliers(row.outliers));
        }
        table.lines().forEach(console::line);
        console.line(String.format(
                Locale.ROOT,
                "%d tokens, in windows of %d",
                rows.getFirst().perplexity.tokens(),
                window));
    }

    /** For people; nothing where no product was of int8. */
    static String outliers(OutlierShare outliers) {
        return outliers.features() == 0 ? "" : String.format(Locale.ROOT, "%.3f %%", 100 * outliers.share());
    }
}
