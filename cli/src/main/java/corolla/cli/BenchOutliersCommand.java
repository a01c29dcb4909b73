package corolla.cli;

import corolla.base.RealEnvironment;
import corolla.base.compute.Team;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import corolla.tensor.quant.MixedRow;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code corolla bench outliers}. */
@Command(
        name = "outliers",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "What the decomposition of LLM.int8 gains over plain int8, on activations with planted outliers.",
        description = {
            "",
            "Normal numbers, of which six features in a thousand are made larger, times a matrix of 1024 x 4096. The error is the root of the mean"
                    + " square of differences from the product in float, relative to that product. Plain int8 gives a whole row one scale.",
            ""
        })
final class BenchOutliersCommand implements Callable<Integer> {
    private static final int ROWS = 16;
    private static final int COLUMNS = 4096;
    private static final int OUTPUTS = 1024;
    private static final int OUTLIERS = 24; // 6 in a thousand
    private static final float[] MAGNITUDES = {1, 10, 20, 40, 60};

    @ParentCommand
    @Nullable
    BenchCommand bench;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Mixin
    ComputeOptions compute = new ComputeOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(bench).console();
        common.startLogging(console, Logs.Volume.QUIET);
        var table = new Table("outliers of", "plain int8", "decomposition", "ratio");
        try (Kernels kernels = compute.kernels();
                RealEnvironment real = compute.start(kernels);
                Arena arena = Arena.ofShared()) {
            var trial = new Trial(
                    kernels, real.environment().team(), real.environment().clock(), arena);
            for (float magnitude : MAGNITUDES) {
                Tensor x = trial.activations(magnitude);
                double plain = trial.error(x, rounded(arena, x), trial.floats);
                double mixed = trial.error(x, x, trial.int8);
                table.row(
                        String.format(Locale.ROOT, "%.0f", magnitude),
                        String.format(Locale.ROOT, "%.3f %%", 100 * plain),
                        String.format(Locale.ROOT, "%.3f %%", 100 * mixed),
                        String.format(Locale.ROOT, "%.1f", plain / mixed));
            }
        }
        table.lines().forEach(console::line);
        return 0;
    }

    /** Plain absmax int8: what a row's numbers become when its largest decides the scale of all. */
    private static Tensor rounded(Arena arena, Tensor x) {
        Tensor rounded = Tensor.allocate(arena, DType.F32, x.rows(), x.columns());
        for (long row = 0; row < x.rows(); row++) {
            float[] values = x.slice(row, row + 1).toFloats();
            float largest = 0;
            for (float value : values) {
                largest = Math.max(largest, Math.abs(value));
            }
            for (int k = 0; k < values.length; k++) {
                float q = (float) Math.rint(values[k] * MixedRow.inverse(largest));
                rounded.setFloat(row * x.columns() + k, q * MixedRow.scale(largest));
            }
        }
        return rounded;
    }

    /** One matrix as it is and as int8, and as int8 decoded, which plain int8 multiplies with. Borrows all. */
    private static final class Trial {
        private final Kernels kernels;
        private final Team team;
        private final Clock clock;
        private final Arena arena;
        private final Random random = new Random(7);
        private final Matrix exact;
        private final Matrix int8;
        private final Matrix floats; // the numbers of int8

        Trial(Kernels kernels, Team team, Clock clock, Arena arena) {
            this.kernels = kernels;
            this.team = team;
            this.clock = clock;
            this.arena = arena;
            Tensor weights = normal(OUTPUTS);
            Tensor quantised = Elements.convert(arena, weights, DType.INT8);
            this.exact = kernels.matrix(arena, weights);
            this.int8 = kernels.matrix(arena, quantised);
            this.floats = kernels.matrix(arena, Elements.convert(arena, quantised, DType.F32));
        }

        private Tensor normal(int rows) {
            Tensor tensor = Tensor.allocate(arena, DType.F32, rows, COLUMNS);
            for (long i = 0; i < tensor.elements(); i++) {
                tensor.setFloat(i, (float) random.nextGaussian());
            }
            return tensor;
        }

        Tensor activations(float magnitude) {
            Tensor x = normal(ROWS);
            for (int outlier = 0; outlier < OUTLIERS; outlier++) {
                int column = random.nextInt(COLUMNS); // the same features of all rows, as in models
                for (long row = 0; row < ROWS; row++) {
                    long index = row * COLUMNS + column;
                    x.setFloat(index, magnitude * Math.signum(x.getFloat(index)));
                }
            }
            return x;
        }

        /** Of a product against the exact one of x. */
        double error(Tensor x, Tensor multiplied, Matrix weights) throws IOException, InterruptedException {
            float[] wanted = product(x, exact);
            float[] found = product(multiplied, weights);
            double differences = 0;
            double size = 0;
            for (int i = 0; i < wanted.length; i++) {
                differences += Math.pow(found[i] - (double) wanted[i], 2);
                size += (double) wanted[i] * wanted[i];
            }
            return Math.sqrt(differences / size);
        }

        private float[] product(Tensor x, Matrix weights) throws IOException, InterruptedException {
            Tensor y = Tensor.allocate(arena, DType.F32, x.rows(), weights.rows());
            team.run(me -> kernels.multiply(me, x, weights, y), Deadline.never(clock));
            return y.toFloats();
        }
    }
}
