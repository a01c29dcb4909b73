package corolla.bench.blocks;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.kernels.cpu.onednn.DnnlStart;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/**
 * Prints one table for each shape of block and writes it as JSON: decoding's bandwidth beside the memory's, products forward and
 * backward beside oneDNN's own. {@code bench/blocks.sh} starts it.
 */
final class BlocksBench {
    /** Read in turn, as blocks are: more than caches hold, less than takes long enough to be disturbed. */
    private static final long READ_PART = 48L << 20;

    private static final int READ_PARTS = 8;

    private final BlocksOptions options;
    private final Environment environment;
    private final Kernels kernels;
    private final DnnlStart.Outcome oneDnn;

    private BlocksBench(BlocksOptions options, Environment environment, Kernels kernels, DnnlStart.Outcome oneDnn) {
        this.options = options;
        this.environment = environment;
        this.kernels = kernels;
        this.oneDnn = oneDnn;
    }

    /** @param args see {@link BlocksOptions} */
    public static void main(String[] args) throws IOException, InterruptedException {
        BlocksOptions options = BlocksOptions.parse(List.of(args));
        KernelsOptions where = KernelsOptions.defaults();
        try (RealEnvironment real = RealEnvironment.create(options.threads());
                Kernels kernels = Kernels.best(where)) {
            BlocksBench bench =
                    new BlocksBench(options, real.environment(), kernels, DnnlStart.start(where.cacheFolder()));
            BlocksReport report = new BlocksReport(kernels.description(), options.threads(), bench.measure());
            System.out.print(report.markdown());
            if (options.json().isPresent()) {
                Files.writeString(options.json().get(), report.json());
            }
        }
    }

    private List<BlocksRow> measure() throws IOException, InterruptedException {
        List<BlocksRow> rows = new ArrayList<>();
        for (BlockShape shape : BlockShape.ALL) {
            if (options.shapes().contains(shape.name())) {
                for (DType type : options.types()) {
                    BlocksRow row = row(shape, type);
                    System.err.print(BlocksReport.decoding(row) + BlocksReport.products(row)); // all take many minutes
                    rows.add(row);
                }
            }
        }
        return rows;
    }

    private Race race() {
        return new Race(environment.team(), environment.clock(), options.time());
    }

    private BlocksRow row(BlockShape shape, DType type) throws IOException, InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            RandomBlocks blocks = new RandomBlocks(kernels, shape, type, arena);
            List<BlocksRow.Cell> cells = new ArrayList<>();
            for (int tokens : options.tokens()) {
                cells.add(cell(shape, type, blocks, tokens));
            }
            return decode(shape, type, blocks, arena, cells);
        }
    }

    private BlocksRow decode(BlockShape shape, DType type, RandomBlocks blocks, Arena arena, List<BlocksRow.Cell> cells)
            throws IOException, InterruptedException {
        MemorySegment memory = arena.allocate(READ_PARTS * READ_PART, Tensor.ALIGNMENT);
        memory.fill((byte) 1); // untouched pages would all be one page of zeros
        RandomBlocks.Step one = blocks.step(1);
        RandomBlocks.Step four = blocks.step(4);
        RandomBlocks.Step eight = blocks.step(8);
        double[] best = race().best(
                        round -> {
                            MemorySegment part = memory.asSlice(round % READ_PARTS * READ_PART, READ_PART);
                            return me -> kernels.touch(me, part);
                        },
                        round -> me -> one.next(me, round),
                        round -> me -> four.next(me, round),
                        round -> me -> eight.next(me, round));
        double bytes = (double) blocks.bytes() / blocks.count();
        return new BlocksRow(
                shape.name(),
                type,
                bytes,
                READ_PART / best[0],
                bytes / best[1],
                bytes / best[2],
                bytes / best[3],
                cells);
    }

    /** oneDNN's products take turns with ours. Its backward of bytes does not exist, so int8's is compared with f32. */
    private BlocksRow.Cell cell(BlockShape shape, DType type, RandomBlocks blocks, int tokens)
            throws IOException, InterruptedException {
        double work = 2.0 * tokens * shape.weights();
        RandomBlocks.Step step = blocks.step(tokens);
        if (!(oneDnn instanceof DnnlStart.Outcome.Ready ready)) {
            double[] best = race().best(round -> step::forward, round -> step::backward);
            return new BlocksRow.Cell(tokens, work / best[0], work / best[1], Double.NaN, Double.NaN);
        }
        try (Arena arena = Arena.ofShared();
                BareProducts bare = new BareProducts(ready, options.threads(), shape, forward(type), tokens, arena);
                BareProducts back = new BareProducts(ready, options.threads(), shape, backward(type), tokens, arena)) {
            double[] best = race().best(
                            round -> step::forward,
                            round -> step::backward,
                            round -> me -> bare.forward(me, tokens),
                            round -> me -> back.backward(me, tokens));
            return new BlocksRow.Cell(tokens, work / best[0], work / best[1], work / best[2], work / best[3]);
        }
    }

    /** What oneDNN multiplies where we have weights of {@code type}; those that it does not know are decoded to f32. */
    private static DType forward(DType type) {
        return switch (type) {
            case BF16 -> DType.BF16;
            case INT8 -> DType.I8;
            default -> DType.F32;
        };
    }

    private static DType backward(DType type) {
        return type == DType.BF16 ? DType.BF16 : DType.F32;
    }
}
