package corolla.bench.kernels;

import corolla.base.RealEnvironment;
import corolla.base.compute.Member;
import corolla.tensor.Activation;
import corolla.tensor.DType;
import corolla.tensor.GroupMatrix;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.Matrix;
import corolla.tensor.ReadBandwidth;
import corolla.tensor.Routing;
import corolla.tensor.RoutingRule;
import corolla.tensor.RoutingRule.Scoring;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The experts of a block in Mixtral's proportions, a quarter of its width: how long a step takes by how many experts it
 * chooses and how many tokens it has, with the bytes of the experts touched, against the read speed of memory. The time of
 * one token must grow with the experts chosen, not with those that there are.
 */
final class ExpertBench {
    private static final PrintStream OUT = System.out;
    private static final int HIDDEN = 1024;
    private static final int INNER = 3584;
    private static final int EXPERTS = 8;

    private ExpertBench() {}

    /**
     * Prints a line for each type, count of choices and count of tokens.
     *
     * @param args optionally the number of compute threads
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        int members = args.length > 0
                ? Integer.parseInt(args[0])
                : Runtime.getRuntime().availableProcessors();
        try (RealEnvironment real = RealEnvironment.create(members);
                Kernels kernels = Kernels.best(KernelsOptions.defaults())) {
            var environment = real.environment();
            Stopwatch watch = new Stopwatch(environment.team(), environment.clock(), Duration.ofSeconds(1));
            OUT.printf("%d threads, %s%n", members, kernels.description());
            for (DType dtype : new DType[] {DType.BF16, DType.Q8_0, DType.MXFP4}) {
                double read = ReadBandwidth.bytesPerSecond(kernels, environment.team(), environment.clock());
                run(kernels, watch, dtype, read);
            }
        }
    }

    private static void run(Kernels kernels, Stopwatch watch, DType dtype, double read)
            throws IOException, InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            GroupMatrix up = experts(kernels, dtype, 2 * INNER, HIDDEN, arena);
            GroupMatrix down = experts(kernels, dtype, HIDDEN, INNER, arena);
            for (int choices : new int[] {1, 2, 4, 8}) {
                report(kernels, watch, new Step(up, down, choices, 1, arena), read);
            }
            for (int tokens : new int[] {8, 64, 512}) {
                report(kernels, watch, new Step(up, down, 2, tokens, arena), read);
            }
        }
    }

    private static void report(Kernels kernels, Stopwatch watch, Step step, double read)
            throws IOException, InterruptedException {
        double micros = watch.bestMicros(me -> step.run(me, kernels));
        double speed = step.touchedBytes() / micros / 1e3;
        OUT.printf(
                "%-5s %d of %d experts, %3d tokens: %7.0f us, %4d MB touched, %5.1f GB/s of %5.1f read (%3.0f %%), %5.0f GFLOP/s%n",
                step.up.matrices().getFirst().dtype(),
                step.routing.rule().choices(),
                EXPERTS,
                step.routing.rows(),
                micros,
                step.touchedBytes() >> 20,
                speed,
                read / 1e9,
                speed * 1e11 / read,
                6.0 * step.routing.places() * HIDDEN * INNER / micros / 1e3);
    }

    private static GroupMatrix experts(Kernels kernels, DType dtype, int outputs, int inputs, Arena arena) {
        Random random = new Random(1);
        List<Matrix> matrices = new ArrayList<>();
        for (int expert = 0; expert < EXPERTS; expert++) {
            Tensor weights = Tensor.allocate(arena, dtype, outputs, inputs);
            float[] row = new float[inputs];
            for (int out = 0; out < outputs; out++) {
                for (int k = 0; k < inputs; k++) {
                    row[k] = random.nextFloat() - 0.5f;
                }
                Elements.encodeRow(row, weights, out);
            }
            matrices.add(kernels.matrix(arena, weights));
        }
        return new GroupMatrix(matrices, null);
    }

    /** One batch with random logits. */
    private static final class Step {
        private final GroupMatrix up;
        private final GroupMatrix down;
        private final Routing routing;
        private final Tensor x;
        private final Tensor out;
        private final Tensor logits;
        private final Tensor sorted;
        private final Tensor projected;
        private final Tensor inner;

        Step(GroupMatrix up, GroupMatrix down, int choices, int tokens, Arena arena) {
            this.up = up;
            this.down = down;
            this.routing = new Routing(RoutingRule.of(EXPERTS, choices, Scoring.SOFTMAX, true), tokens);
            this.x = random(arena, tokens, HIDDEN);
            this.out = random(arena, tokens, HIDDEN);
            this.logits = random(arena, tokens, EXPERTS);
            this.sorted = random(arena, routing.places(), HIDDEN);
            this.projected = random(arena, routing.places(), 2 * INNER);
            this.inner = random(arena, routing.places(), INNER);
        }

        private static Tensor random(Arena arena, long rows, long columns) {
            Random random = new Random(2);
            Tensor tensor = Tensor.allocate(arena, DType.F32, rows, columns);
            for (long i = 0; i < tensor.elements(); i++) {
                tensor.setFloat(i, random.nextFloat() - 0.5f);
            }
            return tensor;
        }

        void run(Member me, Kernels kernels) {
            var experts = kernels.experts();
            routing.choose(me, logits, null);
            me.barrier();
            routing.sort(me);
            me.barrier();
            routing.gather(me, x, sorted);
            me.barrier();
            experts.multiply(me, sorted, routing.groups(), up, projected);
            me.barrier();
            kernels.gate(me, Activation.SILU, projected, inner);
            me.barrier();
            experts.multiply(me, inner, routing.groups(), down, sorted);
            me.barrier();
            experts.combine(me, sorted, routing, out);
        }

        /** Weights of the experts that somebody chose in the last run. */
        long touchedBytes() {
            long bytes = 0;
            for (int expert = 0; expert < EXPERTS; expert++) {
                if (routing.groups().start(expert) < routing.groups().end(expert)) {
                    bytes += up.matrices().get(expert).bytes()
                            + down.matrices().get(expert).bytes();
                }
            }
            return bytes;
        }
    }
}
