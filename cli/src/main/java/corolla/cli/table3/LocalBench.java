package corolla.cli.table3;

import corolla.base.Environment;
import corolla.base.time.Deadline;
import corolla.cli.synthetic.Inputs;
import corolla.cli.synthetic.SyntheticCheckpoint;
import corolla.cli.synthetic.Weights;
import corolla.model.block.BlockStack;
import corolla.model.block.KvCache;
import corolla.model.block.Part;
import corolla.model.weights.BlockFormat;
import corolla.model.weights.Checkpoint;
import corolla.tensor.Kernels;
import corolla.tensor.ReadBandwidth;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * All blocks in this process, without a network: as they are, and offloaded. Offloading is what a machine does whose fast memory is too small: the
 * weights of each block come from {@link SlowMemory} before the block runs, for each step anew, while the block before runs. The block then runs on
 * weights of the same size in the kernels' own order. Confined to one thread; owns its memory, borrows environment and kernels.
 */
final class LocalBench implements AutoCloseable {
    /** More than caches hold, so that weights come from memory. */
    private static final long FILE_BYTES_MIN = 1L << 30;

    private static final int FEWEST = 2;

    private final Environment environment;
    private final Kernels kernels;
    private final BlockStack blocks;
    private final SlowMemory slow;

    /**
     * Loads the blocks, and writes a file of weights.
     *
     * @param model the checkpoint's folder
     * @param copies how many blocks are in memory, to be used in turn
     */
    LocalBench(Environment environment, Kernels kernels, Path model, Weights weights, int copies) throws IOException {
        this.environment = environment;
        this.kernels = kernels;
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            int count = checkpoint.config().blockCount();
            BlockFormat format = weights.format().shared(environment.sharing());
            blocks = BlockStack.alike(checkpoint, 0, count, copies, format, kernels);
        }
        boolean done = false;
        try {
            Path file = offloaded(model);
            slow = isOnDevice()
                    ? PinnedMemory.of(kernels.memory(), file, blockBytes())
                    : PageCache.of(environment.team(), environment.clock(), file, blockBytes());
            done = true;
        } finally {
            if (!done) {
                blocks.close();
            }
        }
    }

    /** Whether blocks compute in memory that is not the host's: then offloading crosses a bus. */
    boolean isOnDevice() {
        return kernels.memory().isApart();
    }

    private int count() {
        return blocks.end();
    }

    private long blockBytes() {
        return blocks.weightBytes() / count();
    }

    /** Bytes of the weights that a step reads. */
    long weightBytes() {
        return blocks.weightBytes();
    }

    /** What the memory gives to this process's compute threads. */
    double readBytesPerSecond() throws IOException, InterruptedException {
        return ReadBandwidth.bytesPerSecond(kernels, environment.team(), environment.clock());
    }

    /** Repeats the weights' file, which holds a block in bf16, as often as is needed. */
    private Path offloaded(Path model) throws IOException {
        long wanted = Math.min(blocks.weightBytes(), Math.max(FILE_BYTES_MIN, 2 * blockBytes()));
        Path file = model.resolve("offloaded.bin");
        try (FileChannel one =
                        FileChannel.open(model.resolve(SyntheticCheckpoint.WEIGHTS_FILE), StandardOpenOption.READ);
                FileChannel all = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            while (all.position() < wanted) {
                one.transferTo(0, Math.min(one.size(), wanted - all.position()), all);
            }
        }
        return file;
    }

    /** Seconds of a step or forward whose weights are in memory. */
    double seconds(Cell cell, Duration time) throws IOException, InterruptedException {
        return run(cell, time, Double.NaN);
    }

    /**
     * The same with weights that come from slow memory each time.
     *
     * @param bitsPerSecond at which they come at most; infinite: as fast as they can
     */
    double offloadedSeconds(Cell cell, Duration time, double bitsPerSecond) throws IOException, InterruptedException {
        return run(cell, time, bitsPerSecond);
    }

    /** Bits a second at which weights come while nothing computes. */
    double slowBitsPerSecond(Duration time) throws IOException, InterruptedException {
        double seconds = repeat(time, () -> {
            for (int block = 0; block < count(); block++) {
                slow.begin(block);
                slow.await();
            }
        });
        return weightBytes() * Byte.SIZE / seconds;
    }

    private double run(Cell cell, Duration time, double bitsPerSecond) throws IOException, InterruptedException {
        return switch (cell.kind()) {
            case STEPS -> steps(cell, time, bitsPerSecond);
            case FORWARD -> forwards(cell, time, bitsPerSecond);
        };
    }

    private double steps(Cell cell, Duration time, double bitsPerSecond) throws IOException, InterruptedException {
        int before = cell.length() - cell.lastPositions();
        try (Arena passing = Arena.ofShared();
                KvCache cache = blocks.allocateCache(1, cell.length())) {
            pass(hidden(passing, 1, before), Part.next(cache, before), Double.NaN);
            Tensor hidden = hidden(passing, 1, 1);
            return repeat(time, () -> {
                if (cache.position() == cell.length()) {
                    cache.truncate(before);
                }
                Inputs.fill(hidden);
                pass(hidden, Part.next(cache, 1), bitsPerSecond);
            });
        }
    }

    private double forwards(Cell cell, Duration time, double bitsPerSecond) throws IOException, InterruptedException {
        try (Arena passing = Arena.ofShared()) {
            Tensor hidden = hidden(passing, cell.batch(), cell.length());
            return repeat(time, () -> {
                Inputs.fill(hidden);
                pass(hidden, Part.uncached(cell.batch(), cell.length()), bitsPerSecond);
            });
        }
    }

    private interface Pass {
        void run() throws IOException, InterruptedException;
    }

    /** Mean seconds over the given time; the first pass warms up. */
    private double repeat(Duration time, Pass pass) throws IOException, InterruptedException {
        pass.run();
        Deadline end = Deadline.after(environment.clock(), time);
        long start = environment.clock().nanoTime();
        int passes = 0;
        while (passes < FEWEST || !end.isOver(environment.clock())) {
            pass.run();
            passes++;
        }
        return (environment.clock().nanoTime() - start) / 1e9 / passes;
    }

    /** Through all blocks once; NaN: nothing is offloaded. */
    private void pass(Tensor hidden, Part part, double bitsPerSecond) throws IOException, InterruptedException {
        Deadline never = Deadline.never(environment.clock());
        if (Double.isNaN(bitsPerSecond)) {
            blocks.forward(environment.team(), hidden, part, 0, count(), never);
            return;
        }
        for (int block = 0; block < count(); block++) {
            // The next block's weights come meanwhile; of a step's first block, at the end of the step before.
            long due = environment.clock().nanoTime() + (long) (blockBytes() * Byte.SIZE * 1e9 / bitsPerSecond);
            slow.begin((block + 1) % count());
            blocks.forward(environment.team(), hidden, part, block, block + 1, never);
            slow.await();
            while (environment.clock().nanoTime() < due) {
                Thread.onSpinWait(); // the bus would be busy for so long
            }
        }
    }

    private Tensor hidden(Arena owner, int batch, int tokens) {
        return Inputs.allocate(owner, batch, tokens, blocks.config().hiddenSize());
    }

    @Override
    public void close() {
        slow.close();
        blocks.close();
    }
}
