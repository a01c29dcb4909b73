package corolla.cli.table3;

import corolla.base.Environment;
import corolla.base.time.Deadline;
import corolla.model.block.BlockStack;
import corolla.model.block.KvCache;
import corolla.model.block.Part;
import corolla.model.weights.Checkpoint;
import corolla.tensor.Kernels;
import corolla.tensor.ReadBandwidth;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * All blocks in this process, without a network: as they are, and offloaded. Offloading is what a machine does whose fast memory is too small: the
 * weights of each block come from slower memory into a working buffer before the block runs, for each step anew. Here the slower memory is a file,
 * which the system keeps in its page cache, and one copy on all cores takes what the block needs; the block then runs on weights of the same size
 * in the kernels' own order. Confined to one thread; owns its memory, borrows environment and kernels.
 */
final class LocalBench implements AutoCloseable {
    /** More than caches hold, so that weights come from memory. */
    private static final long FILE_BYTES_MIN = 1L << 30;

    private static final int FEWEST = 2;
    private static final long GRAIN = 1 << 12;

    private final Environment environment;
    private final Kernels kernels;
    private final BlockStack blocks;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment file; // weights of some blocks, one after another
    private final MemorySegment buffer; // of one

    /**
     * What an offloaded step or forward took.
     *
     * @param seconds of all of it
     * @param copySeconds of these, those in which weights came
     */
    record Offloaded(double seconds, double copySeconds) {}

    /**
     * Loads the blocks, and writes the file.
     *
     * @param model the checkpoint's folder
     * @param copies how many blocks are in memory, to be used in turn
     */
    LocalBench(Environment environment, Kernels kernels, Path model, Weights weights, int copies) throws IOException {
        this.environment = environment;
        this.kernels = kernels;
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            int count = checkpoint.config().blockCount();
            blocks = BlockStack.alike(checkpoint, 0, count, copies, weights.format(), kernels);
        }
        boolean done = false;
        try {
            buffer = arena.allocate(blockBytes(), Tensor.ALIGNMENT);
            file = offloaded(model);
            done = true;
        } finally {
            if (!done) {
                close();
            }
        }
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
    private MemorySegment offloaded(Path model) throws IOException {
        long wanted = Math.min(blocks.weightBytes(), Math.max(FILE_BYTES_MIN, 2 * blockBytes()));
        try (FileChannel one =
                        FileChannel.open(model.resolve(SyntheticCheckpoint.WEIGHTS_FILE), StandardOpenOption.READ);
                FileChannel all = FileChannel.open(
                        model.resolve("offloaded.bin"),
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            while (all.position() < wanted) {
                one.transferTo(0, Math.min(one.size(), wanted - all.position()), all);
            }
            return all.map(FileChannel.MapMode.READ_ONLY, 0, wanted, arena);
        }
    }

    /** Seconds of a step or forward whose weights are in memory. */
    double seconds(Cell cell, Duration time) throws IOException, InterruptedException {
        return run(cell, time, Double.NaN).seconds;
    }

    /**
     * The same with weights that come from the file each time.
     *
     * @param bitsPerSecond at which they come at most; infinite: as fast as they can
     */
    Offloaded offloaded(Cell cell, Duration time, double bitsPerSecond) throws IOException, InterruptedException {
        return run(cell, time, bitsPerSecond);
    }

    private Offloaded run(Cell cell, Duration time, double bitsPerSecond) throws IOException, InterruptedException {
        return switch (cell.kind()) {
            case STEPS -> steps(cell, time, bitsPerSecond);
            case FORWARD -> forwards(cell, time, bitsPerSecond);
        };
    }

    private Offloaded steps(Cell cell, Duration time, double bitsPerSecond) throws IOException, InterruptedException {
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
                return pass(hidden, Part.next(cache, 1), bitsPerSecond);
            });
        }
    }

    private Offloaded forwards(Cell cell, Duration time, double bitsPerSecond)
            throws IOException, InterruptedException {
        try (Arena passing = Arena.ofShared()) {
            Tensor hidden = hidden(passing, cell.batch(), cell.length());
            return repeat(time, () -> {
                Inputs.fill(hidden);
                return pass(hidden, Part.uncached(cell.batch(), cell.length()), bitsPerSecond);
            });
        }
    }

    private interface Pass {
        Offloaded run() throws IOException, InterruptedException;
    }

    /** Means over the given time; the first pass warms up. */
    private Offloaded repeat(Duration time, Pass pass) throws IOException, InterruptedException {
        pass.run();
        Deadline end = Deadline.after(environment.clock(), time);
        int passes = 0;
        double seconds = 0;
        double copySeconds = 0;
        while (passes < FEWEST || !end.isOver(environment.clock())) {
            Offloaded one = pass.run();
            seconds += one.seconds;
            copySeconds += one.copySeconds;
            passes++;
        }
        return new Offloaded(seconds / passes, copySeconds / passes);
    }

    /** Through all blocks once; NaN: nothing is copied. */
    private Offloaded pass(Tensor hidden, Part part, double bitsPerSecond) throws IOException, InterruptedException {
        Deadline never = Deadline.never(environment.clock());
        long start = environment.clock().nanoTime();
        long copied = 0;
        if (Double.isNaN(bitsPerSecond)) {
            blocks.forward(environment.team(), hidden, part, 0, count(), never);
        } else {
            for (int block = 0; block < count(); block++) {
                copied += copy(block, bitsPerSecond);
                blocks.forward(environment.team(), hidden, part, block, block + 1, never);
            }
        }
        return new Offloaded((environment.clock().nanoTime() - start) / 1e9, copied / 1e9);
    }

    /** Brings a block's weights into the buffer; returns nanoseconds. */
    private long copy(int block, double bitsPerSecond) throws IOException, InterruptedException {
        long bytes = buffer.byteSize();
        long places = file.byteSize() / bytes;
        MemorySegment from = file.asSlice(block % places * bytes, bytes);
        long start = environment.clock().nanoTime();
        environment
                .team()
                .run(
                        me -> {
                            long at = me.shareStart(bytes, GRAIN);
                            MemorySegment.copy(from, at, buffer, at, me.shareEnd(bytes, GRAIN) - at);
                        },
                        Deadline.never(environment.clock()));
        long due = start + (long) (bytes * Byte.SIZE * 1e9 / bitsPerSecond);
        while (environment.clock().nanoTime() < due) {
            Thread.onSpinWait(); // a bus would be busy for so long
        }
        return environment.clock().nanoTime() - start;
    }

    private Tensor hidden(Arena owner, int batch, int tokens) {
        return Inputs.allocate(owner, batch, tokens, blocks.config().hiddenSize());
    }

    @Override
    public void close() {
        blocks.close();
        arena.close();
    }
}
