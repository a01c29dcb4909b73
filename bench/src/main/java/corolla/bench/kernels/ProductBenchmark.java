package corolla.bench.kernels;

import corolla.base.compute.Member;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One thread, weights in the second-level cache: what the code does, without the memory. 192 x 1024 weights. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class ProductBenchmark {
    private static final int ROWS = 192;
    private static final int COLUMNS = 1024;

    /** Type of the weights. */
    @Param({"F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_1", "INT8", "NF4"})
    public DType dtype = DType.F32;

    /** Rows of activations. */
    @Param({"1", "4", "64"})
    public int batch = 1;

    private final Arena arena = Arena.ofShared();
    private final Kernels kernels = Kernels.best(KernelsOptions.defaults());
    private Tensor x = Tensor.allocate(arena, DType.F32, 0, COLUMNS);
    private Tensor y = x;
    private Matrix weights = kernels.matrix(arena, Tensor.allocate(arena, DType.F32, 1, COLUMNS));

    /** For JMH. */
    public ProductBenchmark() {}

    /** Random numbers of the chosen type. */
    @Setup
    public void fill() {
        Random random = new Random(1);
        weights = kernels.matrix(arena, Elements.convert(arena, floats(random, ROWS), dtype));
        x = floats(random, batch);
        y = Tensor.allocate(arena, DType.F32, batch, ROWS);
    }

    private Tensor floats(Random random, int rows) {
        Tensor tensor = Tensor.allocate(arena, DType.F32, rows, COLUMNS);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.setFloat(i, (float) random.nextGaussian());
        }
        return tensor;
    }

    /** Frees everything. */
    @TearDown
    public void close() {
        kernels.close();
        arena.close();
    }

    /** y = x · Wᵀ. */
    @Benchmark
    public Tensor multiply() {
        kernels.multiply(Member.alone(), x, weights, y);
        return y;
    }
}
