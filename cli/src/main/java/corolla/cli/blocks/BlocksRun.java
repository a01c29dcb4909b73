package corolla.cli.blocks;

import corolla.base.Environment;
import corolla.cli.process.Folders;
import corolla.cli.synthetic.ModelShape;
import corolla.cli.synthetic.SyntheticCheckpoint;
import corolla.cli.synthetic.Weights;
import corolla.tensor.Kernels;
import corolla.tensor.ReadBandwidth;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * One run of the benchmark: PyTorch's block, then ours with each kind of weights. Confined to the command's thread; what it writes is gone when
 * {@link #measure} returns or throws. Borrows environment and kernels.
 */
public final class BlocksRun {
    /** More than caches hold; copies of the block are used in turn. */
    private static final long BYTES_MIN = 512L << 20;

    private static final int COPIES_MAX = 16;

    private final BlocksOptions options;
    private final Environment environment;
    private final Kernels kernels;
    private final Consumer<String> listener;

    /** @param listener gets the report's lines as soon as they are known */
    public BlocksRun(BlocksOptions options, Environment environment, Kernels kernels, Consumer<String> listener) {
        this.options = options;
        this.environment = environment;
        this.kernels = kernels;
        this.listener = listener;
    }

    /** Measures all. */
    public List<BlockRow> measure() throws IOException, InterruptedException {
        ModelShape shape = options.shape();
        double read = ReadBandwidth.bytesPerSecond(kernels, environment.team(), environment.clock());
        OptionalDouble peak =
                options.peakFlops().isPresent() ? options.peakFlops() : DensePeak.of(kernels.description());
        var report = new BlocksReport(shape, read, peak);
        listener.accept(String.format(
                Locale.ROOT,
                "- Block in the shape of %s: hidden size %,d, %d heads, %.1f million weights, random%n- Kernels: %s%n"
                        + "- Memory's read speed: %,.1f GB/s%n",
                shape.name(),
                shape.hidden(),
                shape.heads(),
                shape.blockWeights() / 1e6,
                kernels.description(),
                read / 1e9));
        List<BlockRow> rows = new ArrayList<>();
        Path folder = Files.createTempDirectory("corolla-block");
        try {
            if (options.python().isPresent()) {
                rows.addAll(torch(folder.resolve("torch")));
            }
            for (Weights weights : options.weights()) {
                rows.add(row(folder.resolve(weights.toString()), weights));
            }
        } finally {
            Folders.delete(folder);
        }
        print(report, rows);
        return rows;
    }

    private void print(BlocksReport report, List<BlockRow> rows) {
        StringBuilder text = new StringBuilder(report.decodeHead(options.decoded()));
        rows.forEach(row -> text.append(report.decodeLine(row, options.decoded())));
        text.append(report.batchHead());
        rows.forEach(row -> text.append(report.batchLines(row, options.batches())));
        listener.accept(text.toString());
    }

    private List<BlockRow> torch(Path folder) throws IOException, InterruptedException {
        Files.createDirectory(folder);
        Files.writeString(
                folder.resolve("config.json"), options.shape().withBlocks(1).configJson());
        return TorchBlock.run(
                options,
                folder,
                kernels.memory().isApart() ? "cuda" : "cpu",
                environment.team().size(),
                listener);
    }

    private BlockRow row(Path folder, Weights weights) throws IOException, InterruptedException {
        Files.createDirectory(folder);
        ModelShape shape = options.shape();
        long bytes = weights.bytes(shape.blockWeights());
        int copies = Math.clamp(Math.ceilDiv(BYTES_MIN, bytes), 1, COPIES_MAX);
        SyntheticCheckpoint.write(shape.withBlocks(copies), folder);
        Map<Integer, Double> decode = new LinkedHashMap<>();
        Map<Integer, Double> forward = new LinkedHashMap<>();
        Map<Integer, Double> backward = new LinkedHashMap<>();
        try (BlockBench bench = new BlockBench(environment, kernels, folder, weights)) {
            for (int sequences : options.decoded()) {
                decode.put(sequences, bench.decodeSeconds(sequences, options.time()));
            }
            for (int sequences : options.batches()) {
                forward.put(sequences, bench.forwardSeconds(sequences, options.time()));
                backward.put(sequences, bench.backwardSeconds(sequences, options.time()));
            }
            return new BlockRow(weights.toString(), bench.weightBytes(), decode, forward, backward);
        }
    }
}
