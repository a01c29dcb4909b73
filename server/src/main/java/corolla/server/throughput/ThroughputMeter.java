package corolla.server.throughput;

import corolla.base.compute.Team;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.model.block.BlockStack;
import corolla.model.block.KvCache;
import corolla.model.block.Part;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;

/** Measures one block of a server: steps of one token with a growing cache, and a long forward. Takes at most some seconds. */
public final class ThroughputMeter {
    private static final int STEPS_MAX = 100;
    private static final int FORWARD_TOKENS = 256;
    private static final int FORWARDS_MAX = 10;
    private static final int WARM_UP = 20; // the JVM compiles kernels after some calls
    private static final Duration TIME_MAX = Duration.ofSeconds(2); // of each measurement
    private static final double NANOS = 1e9;

    private final BlockStack blocks;
    private final Team team;
    private final Clock clock;

    public ThroughputMeter(BlockStack blocks, Team team, Clock clock) {
        this.blocks = blocks;
        this.team = team;
        this.clock = clock;
    }

    /** Tokens per second of one block in steps of one token. */
    public double inferenceRps() throws IOException, InterruptedException {
        try (Arena arena = Arena.ofShared();
                KvCache cache = blocks.allocateCache(blocks.start(), blocks.start() + 1, 1, WARM_UP + STEPS_MAX)) {
            Tensor hidden =
                    Tensor.allocate(arena, DType.F32, 1, 1, blocks.config().hiddenSize());
            return measure(1, WARM_UP, STEPS_MAX, () -> Part.next(cache, 1), hidden);
        }
    }

    /** Tokens per second of one block in a long forward. */
    public double forwardRps() throws IOException, InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            Tensor hidden = Tensor.allocate(
                    arena, DType.F32, 1, FORWARD_TOKENS, blocks.config().hiddenSize());
            return measure(FORWARD_TOKENS, 1, FORWARDS_MAX, () -> Part.uncached(1, FORWARD_TOKENS), hidden);
        }
    }

    private interface Parts {
        Part next();
    }

    private double measure(int tokens, int warmUp, int countMax, Parts parts, Tensor hidden)
            throws IOException, InterruptedException {
        Deadline end = Deadline.after(clock, TIME_MAX);
        for (int i = 0; i < warmUp && !end.isOver(clock); i++) {
            run(parts.next(), hidden);
        }
        long start = clock.nanoTime();
        int count = 0;
        do {
            run(parts.next(), hidden);
            count++;
        } while (count < countMax && !end.isOver(clock));
        // a simulated clock may stand still while we compute
        long nanos = Math.max(1, clock.nanoTime() - start);
        return count * tokens * NANOS / nanos;
    }

    private void run(Part part, Tensor hidden) throws IOException, InterruptedException {
        hidden.data().fill((byte) 0);
        Deadline deadline = Deadline.after(clock, Duration.ofMinutes(5));
        blocks.forward(team, hidden, part, blocks.start(), blocks.start() + 1, deadline);
    }
}
