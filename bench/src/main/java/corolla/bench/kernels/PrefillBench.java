package corolla.bench.kernels;

import corolla.base.RealEnvironment;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.time.Duration;

/** Batches: GFLOP/s of a block's products, and of whole blocks, at growing numbers of rows. */
final class PrefillBench {
    private static final PrintStream OUT = System.out;

    private PrefillBench() {}

    /**
     * Prints a line for each type.
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
            Stopwatch watch = new Stopwatch(environment.team(), environment.clock(), Duration.ofSeconds(2));
            OUT.printf("%d threads, %s%n", members, kernels.description());
            for (DType dtype : new DType[] {DType.F32, DType.BF16, DType.Q8_0, DType.Q4_1, DType.INT8, DType.NF4}) {
                prefill(kernels, watch, ModelShape.llamaBlocks(), dtype);
            }
            prefill(kernels, watch, ModelShape.smolLm2(), DType.Q4_1);
        }
    }

    private static void prefill(Kernels kernels, Stopwatch watch, ModelShape shape, DType dtype)
            throws IOException, InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            RandomModel model = new RandomModel(kernels, shape, dtype, arena);
            for (int tokens : new int[] {2, 4, 8, 16, 64, 128, 512}) {
                RandomModel.Step step = model.step(tokens, 0);
                double products = watch.bestMicros(step::products);
                double whole = watch.bestMicros(step::run);
                double work = 2e-3 * tokens * shape.blockWeights();
                OUT.printf(
                        "%-18s %-4s %3d tokens: products %8.0f us %4.0f GFLOP/s, all %8.0f us %4.0f GFLOP/s%n",
                        shape.name(), dtype, tokens, products, work / products, whole, work / whole);
            }
        }
    }
}
