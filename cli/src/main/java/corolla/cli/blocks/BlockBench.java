package corolla.cli.blocks;

import corolla.base.Environment;
import corolla.base.time.Deadline;
import corolla.cli.synthetic.Inputs;
import corolla.cli.synthetic.Weights;
import corolla.model.block.BackwardRequest;
import corolla.model.block.BlockStack;
import corolla.model.block.KvCache;
import corolla.model.block.Part;
import corolla.model.weights.BlockFormat;
import corolla.model.weights.Checkpoint;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * Copies of one block, enough that no cache holds their weights, used in turn. Times are of one block: the median over passes. Confined to one
 * thread; owns its memory, borrows environment and kernels.
 */
final class BlockBench implements AutoCloseable {
    /** Of a sequence: before the token that is decoded, and of a batch's. */
    static final int TOKENS = 128;

    /** A session goes back to its beginning after so many steps. */
    private static final int STEPS = 32;

    private static final int PASSES_MIN = 3;

    private final Environment environment;
    private final BlockStack blocks;

    /** @param model a checkpoint of as many blocks that are alike as there shall be copies */
    BlockBench(Environment environment, Kernels kernels, Path model, Weights weights) throws IOException {
        this.environment = environment;
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            int count = checkpoint.config().blockCount();
            BlockFormat format = weights.format().shared(environment.sharing());
            blocks = BlockStack.alike(checkpoint, 0, count, count, format, kernels);
        }
    }

    private int count() {
        return blocks.end();
    }

    /** Of one block, as it lies in memory. */
    double weightBytes() {
        return (double) blocks.weightBytes() / count();
    }

    /** Seconds that one token of each of so many sequences takes. */
    double decodeSeconds(int sequences, Duration time) throws IOException, InterruptedException {
        try (Arena passing = Arena.ofShared();
                KvCache cache = blocks.allocateCache(sequences, TOKENS + STEPS)) {
            forward(Inputs.allocate(passing, sequences, TOKENS, hiddenSize()), Part.next(cache, TOKENS));
            Tensor hidden = Inputs.allocate(passing, sequences, 1, hiddenSize());
            return median(time, hidden, () -> {
                if (cache.position() == TOKENS + STEPS) {
                    cache.truncate(TOKENS);
                }
                forward(hidden, Part.next(cache, 1));
            });
        }
    }

    /** Seconds that so many sequences take. */
    double forwardSeconds(int sequences, Duration time) throws IOException, InterruptedException {
        try (Arena passing = Arena.ofShared()) {
            Tensor hidden = Inputs.allocate(passing, sequences, TOKENS, hiddenSize());
            return median(time, hidden, () -> forward(hidden, Part.uncached(sequences, TOKENS)));
        }
    }

    /** Seconds that their gradients take; a server computes the forward again for that, which is counted. */
    double backwardSeconds(int sequences, Duration time) throws IOException, InterruptedException {
        try (Arena passing = Arena.ofShared()) {
            Tensor inputs = Inputs.allocate(passing, sequences, TOKENS, hiddenSize());
            Tensor gradient = Inputs.allocate(passing, sequences, TOKENS, hiddenSize());
            return median(
                    time,
                    gradient,
                    () -> blocks.backward(
                            environment.team(),
                            BackwardRequest.of(0, count(), inputs, gradient),
                            Deadline.never(environment.clock())));
        }
    }

    private void forward(Tensor hidden, Part part) throws IOException, InterruptedException {
        blocks.forward(environment.team(), hidden, part, 0, count(), Deadline.never(environment.clock()));
    }

    private interface Pass {
        void run() throws IOException, InterruptedException;
    }

    /** Of a block; the first pass warms up. What is changed is filled anew before each. */
    private double median(Duration time, Tensor changed, Pass pass) throws IOException, InterruptedException {
        pass.run();
        Deadline end = Deadline.after(environment.clock(), time);
        double[] seconds = new double[PASSES_MIN];
        int passes = 0;
        while (passes < PASSES_MIN || !end.isOver(environment.clock())) {
            Inputs.fill(changed);
            long start = environment.clock().nanoTime();
            pass.run();
            if (passes == seconds.length) {
                seconds = Arrays.copyOf(seconds, 2 * passes);
            }
            seconds[passes++] = (environment.clock().nanoTime() - start) / 1e9 / count();
        }
        double[] sorted = Arrays.copyOf(seconds, passes);
        Arrays.sort(sorted);
        return sorted[passes / 2];
    }

    private int hiddenSize() {
        return blocks.config().hiddenSize();
    }

    @Override
    public void close() {
        blocks.close();
    }
}
