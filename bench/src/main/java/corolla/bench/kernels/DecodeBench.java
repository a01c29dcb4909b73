package corolla.bench.kernels;

import corolla.base.RealEnvironment;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.ReadBandwidth;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.time.Duration;

/** Decoding one token: GB/s of weights against the read speed of memory, measured in turn in one run. */
final class DecodeBench {
    private static final PrintStream OUT = System.out;
    private static final int CONTEXT = 128;

    private DecodeBench() {}

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
            Stopwatch watch = new Stopwatch(environment.team(), environment.clock(), Duration.ofSeconds(1));
            OUT.printf("%d threads, %s%n", members, kernels.description());
            for (DType dtype : new DType[] {
                DType.F32, DType.BF16, DType.F16, DType.Q8_0, DType.Q4_0, DType.Q4_1, DType.INT8, DType.NF4
            }) {
                double read = ReadBandwidth.bytesPerSecond(kernels, environment.team(), environment.clock());
                decode(kernels, watch, ModelShape.llamaBlocks(), dtype, read);
            }
            double read = ReadBandwidth.bytesPerSecond(kernels, environment.team(), environment.clock());
            decode(kernels, watch, ModelShape.smolLm2(), DType.Q4_1, read);
            decode(kernels, watch, ModelShape.smolLm2(), DType.BF16, read);
        }
    }

    private static void decode(Kernels kernels, Stopwatch watch, ModelShape shape, DType dtype, double read)
            throws IOException, InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            RandomModel model = new RandomModel(kernels, shape, dtype, arena);
            RandomModel.Step step = model.step(1, CONTEXT);
            double products = watch.bestMicros(step::products);
            double whole = watch.bestMicros(step::run);
            int parts = shape.vocabulary() == 0 ? shape.blocks() : 1;
            double speed = model.weightBytes() / products / 1e3;
            OUT.printf(
                    "%-18s %-4s products %6.0f us, all %6.0f us; %5.1f GB/s of %5.1f read: %3.0f %%%n",
                    shape.name(), dtype, products / parts, whole / parts, speed, read / 1e9, speed * 1e11 / read);
        }
    }
}
