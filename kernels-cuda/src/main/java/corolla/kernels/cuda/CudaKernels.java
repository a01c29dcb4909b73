package corolla.kernels.cuda;

import corolla.base.compute.Member;
import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.kernels.cuda.driver.Grid;
import corolla.tensor.Activation;
import corolla.tensor.AttentionCall;
import corolla.tensor.BackwardKernels;
import corolla.tensor.Check;
import corolla.tensor.DType;
import corolla.tensor.ExpertKernels;
import corolla.tensor.KernelMemory;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.quant.OutlierShare;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Kernels of one GPU. The first member of a team gives it the work, the others do nothing. Tensors are on the device, or the host's outside the
 * heap, and then travel for each operation: see {@link KernelMemory}. No operation waits for another member. Thread-safe; the owner closes it after the last operation.
 */
public final class CudaKernels implements Kernels {
    private static final KernelSource ELEMENTWISE = KernelSource.of("elementwise.cu");
    private static final KernelSource NORMS = KernelSource.of("norms.cu");

    /** Blocks a multiprocessor that read memory for {@link #touch}: all that it runs at a time. */
    private static final int TOUCH_BLOCKS = 8;

    private final Gpu gpu;
    private final String description;
    private final Arena arena;
    private final CudaMemory memory;
    private final Products products;
    private final CudaAttention attention;
    private final BackwardKernels backward;
    private final ExpertKernels experts;

    @SuppressWarnings("MustBeClosedChecker") // owns the arena
    CudaKernels(Gpu gpu, ManyRows limits, String description) {
        this.gpu = gpu;
        this.description = description;
        this.arena = Arena.ofShared();
        this.memory = new CudaMemory(gpu);
        this.products = new Products(gpu, arena, limits);
        this.attention = new CudaAttention(gpu);
        this.backward = new CudaBackwardKernels(gpu, attention);
        this.experts = new CudaExpertKernels(gpu, memory, products);
    }

    /** Whether a member is the one that gives the device its work. */
    static boolean leads(Member me) {
        return me.index() == 0;
    }

    @Override
    public int members(int offered) {
        return 1;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public Matrix matrix(Arena owner, Tensor... parts) {
        CudaMatrix matrix = CudaMatrix.of(gpu, owner, parts);
        matrix.parts().forEach(part -> products.prepare(part.dtype()));
        return matrix;
    }

    /** Everything is copied to the device. */
    @Override
    public boolean keepsViews(DType dtype) {
        return false;
    }

    @Override
    public void multiply(Member me, Tensor x, Matrix w, Tensor y) {
        Check.linear(x, w.columns(), y, w.rows());
        if (leads(me)) {
            products.forward(x, w, y, false);
        }
    }

    @Override
    public void multiplyAdd(Member me, Tensor x, Matrix w, Tensor y) {
        Check.linear(x, w.columns(), y, w.rows());
        if (leads(me)) {
            products.forward(x, w, y, true);
        }
    }

    @Override
    public void multiplyTransposed(Member me, Tensor dy, Matrix w, Tensor dx) {
        Check.linear(dy, w.rows(), dx, w.columns());
        if (leads(me)) {
            products.transposed(dy, w, dx);
        }
    }

    @Override
    public void addBias(Member me, Matrix w, Tensor bias, Tensor y) {
        Check.bias(w, bias, y);
        if (leads(me)) {
            gpu.run(operation -> operation.launchOver(
                    y.elements(),
                    ELEMENTWISE,
                    "addBias",
                    operation
                            .arguments()
                            .wide(operation.read(bias))
                            .wide(operation.update(y))
                            .wide(y.elements())
                            .wide(y.columns())));
        }
    }

    @Override
    public void rmsNorm(Member me, Tensor x, Tensor weight, float epsilon, Tensor y) {
        Check.norm(x, weight, y);
        if (leads(me)) {
            gpu.run(operation -> rmsNorm(operation, x, weight, epsilon, operation.write(y), false));
        }
    }

    @Override
    public void rmsNormAdd(Member me, Tensor x, Tensor weight, float epsilon, Tensor y) {
        Check.norm(x, weight, y);
        if (leads(me)) {
            gpu.run(operation -> rmsNorm(operation, x, weight, epsilon, operation.update(y), true));
        }
    }

    private static void rmsNorm(Operation operation, Tensor x, Tensor weight, float epsilon, long y, boolean add) {
        operation.launchRows(
                x.rows(),
                NORMS,
                "rmsNorm",
                operation
                        .arguments()
                        .wide(operation.read(x))
                        .wide(operation.read(weight))
                        .wide(y)
                        .integer(Math.toIntExact(x.columns()))
                        .real(epsilon)
                        .integer(add ? 1 : 0));
    }

    @Override
    public void layerNorm(Member me, Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor y) {
        Check.layerNorm(x, weight, bias, y);
        if (leads(me)) {
            gpu.run(operation -> operation.launchRows(
                    x.rows(),
                    NORMS,
                    "layerNorm",
                    operation
                            .arguments()
                            .wide(operation.read(x))
                            .wide(operation.read(weight))
                            .wide(operation.read(bias))
                            .wide(operation.write(y))
                            .integer(Math.toIntExact(x.columns()))
                            .real(epsilon)));
        }
    }

    @Override
    public void rotate(Member me, AttentionCall call) {
        if (leads(me)) {
            attention.rotate(call);
        }
    }

    @Override
    public void attention(Member me, AttentionCall call) {
        if (leads(me)) {
            attention.attention(call);
        }
    }

    @Override
    public void gate(Member me, Activation activation, Tensor gateUp, Tensor out) {
        Check.gated(gateUp, out);
        if (leads(me)) {
            gpu.run(operation -> operation.launchOver(
                    out.elements(),
                    ELEMENTWISE,
                    "gate",
                    operation
                            .arguments()
                            .wide(operation.read(gateUp))
                            .wide(operation.write(out))
                            .wide(out.elements())
                            .wide(out.columns())
                            .integer(ActivationCode.of(activation))));
        }
    }

    @Override
    public void activate(Member me, Activation activation, Tensor x, Tensor out) {
        Check.pair(x, out);
        if (leads(me)) {
            gpu.run(operation -> operation.launchOver(
                    out.elements(),
                    ELEMENTWISE,
                    "activate",
                    operation
                            .arguments()
                            .wide(operation.read(x))
                            .wide(operation.write(out))
                            .wide(out.elements())
                            .integer(ActivationCode.of(activation))));
        }
    }

    @Override
    public void scale(Member me, float factor, Tensor x) {
        Check.floats("input", x);
        if (leads(me)) {
            gpu.run(operation -> operation.launchOver(
                    x.elements(),
                    ELEMENTWISE,
                    "scale",
                    operation
                            .arguments()
                            .wide(operation.update(x))
                            .wide(x.elements())
                            .real(factor)));
        }
    }

    @Override
    public void add(Member me, Tensor x, Tensor y) {
        Check.pair(x, y);
        if (leads(me)) {
            gpu.run(operation -> operation.launchOver(
                    x.elements(),
                    ELEMENTWISE,
                    "add",
                    operation
                            .arguments()
                            .wide(operation.read(x))
                            .wide(operation.update(y))
                            .wide(x.elements())));
        }
    }

    @Override
    public void rows(Member me, Matrix table, int[] ids, Tensor out) {
        Check.lookup(table, ids, out);
        if (leads(me)) {
            products.rows(table, ids, out);
        }
    }

    @Override
    public BackwardKernels backward() {
        return backward;
    }

    @Override
    public KernelMemory memory() {
        return memory;
    }

    @Override
    public ExpertKernels experts() {
        return experts;
    }

    @Override
    public int argmax(Tensor vector) {
        Check.floats("vector", vector);
        try (Arena passing = Arena.ofShared()) {
            MemorySegment index = passing.allocate(ValueLayout.JAVA_INT);
            gpu.run(operation -> {
                long found = operation.scratch(Integer.BYTES);
                operation.launchRows(
                        1,
                        ELEMENTWISE,
                        "argmax",
                        operation
                                .arguments()
                                .wide(operation.read(vector))
                                .integer(Math.toIntExact(vector.elements()))
                                .wide(found));
                operation.download(found, index);
            });
            return index.get(ValueLayout.JAVA_INT, 0);
        }
    }

    @Override
    public OutlierShare outliers() {
        return products.outliers();
    }

    /** The first member's share is everything. */
    @Override
    public int touch(Member me, MemorySegment data) {
        if (!leads(me)) {
            return 0;
        }
        int blocks = TOUCH_BLOCKS * gpu.device().multiprocessors();
        try (Arena passing = Arena.ofShared()) {
            MemorySegment results = passing.allocate(ValueLayout.JAVA_INT, blocks);
            gpu.run(operation -> {
                long found = operation.scratch(results.byteSize());
                operation.launch(
                        ELEMENTWISE,
                        "touch",
                        new Grid(blocks, 1, 1, Operation.THREADS),
                        operation
                                .arguments()
                                .wide(operation.read(data))
                                .wide(data.byteSize() / Integer.BYTES)
                                .wide(found));
                operation.download(found, results);
            });
            int all = 0;
            for (int i = 0; i < blocks; i++) {
                all ^= results.getAtIndex(ValueLayout.JAVA_INT, i);
            }
            return all;
        }
    }

    @Override
    public void close() {
        arena.close();
        gpu.close();
    }
}
