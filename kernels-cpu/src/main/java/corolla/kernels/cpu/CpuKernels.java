package corolla.kernels.cpu;

import corolla.base.compute.Member;
import corolla.kernels.cpu.onednn.DnnlStart;
import corolla.kernels.cpu.vector.Activations;
import corolla.kernels.cpu.vector.Attention;
import corolla.kernels.cpu.vector.Elementwise;
import corolla.kernels.cpu.vector.LayerNorm;
import corolla.kernels.cpu.vector.PanelPart;
import corolla.kernels.cpu.vector.Rotation;
import corolla.kernels.cpu.vector.VectorBackwardKernels;
import corolla.kernels.cpu.vector.VectorWidth;
import corolla.tensor.Activation;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.BackwardKernels;
import corolla.tensor.Check;
import corolla.tensor.DType;
import corolla.tensor.ExpertKernels;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.quant.OutlierShare;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Kernels of the CPU: the Vector API, and oneDNN for batches. All tensors must lie outside the heap. No operation waits for
 * another member. Thread-safe; the owner closes it after the last operation.
 */
public final class CpuKernels implements Kernels {
    /** From so many tokens a member on, whole tokens are shared out; below, heads of each. */
    private static final int TOKENS_A_MEMBER = 4;

    private final String description;
    private final ScratchPool pool;
    private final Linear linear;
    private final ExpertKernels experts;
    private final BackwardKernels backward = new VectorBackwardKernels();

    private final OutlierCounter outliers;

    private CpuKernels(String batches, OutlierCounter outliers, ScratchPool pool) {
        String panels = PanelPart.isMachineCodeHere() ? ", machine code" : "";
        this.description = "cpu: Vector API " + VectorWidth.bits() + " bits" + panels + ", " + batches;
        this.outliers = outliers;
        this.pool = pool;
        this.linear = new Linear(pool);
        this.experts = new CpuExpertKernels(linear);
    }

    /** With oneDNN where it runs; its files are unpacked to a folder of {@code cacheFolder}. */
    public static CpuKernels start(Path cacheFolder) {
        OutlierCounter outliers = new OutlierCounter();
        return switch (DnnlStart.start(cacheFolder)) {
            case DnnlStart.Outcome.Ready ready ->
                new CpuKernels(
                        "oneDNN " + ready.implementation(),
                        outliers,
                        new ScratchPool(() -> new Scratch(ready.products().create(), outliers)));
            case DnnlStart.Outcome.Refused refused -> withoutOneDnn("without oneDNN: " + refused.reason());
        };
    }

    /** With the Vector API alone. */
    public static CpuKernels vectorOnly() {
        return withoutOneDnn("without oneDNN: not wanted");
    }

    private static CpuKernels withoutOneDnn(String reason) {
        OutlierCounter outliers = new OutlierCounter();
        return new CpuKernels(reason, outliers, new ScratchPool(() -> new Scratch(null, outliers)));
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public Matrix matrix(Arena arena, Tensor... parts) {
        return CpuMatrix.of(arena, parts);
    }

    @Override
    public Matrix table(Arena arena, Tensor rows) {
        return CpuMatrix.table(arena, rows);
    }

    /** Everything is re-packed, or copied into large pages. */
    @Override
    public boolean keepsViews(DType dtype) {
        return false;
    }

    @Override
    public void multiply(Member me, Tensor x, Matrix w, Tensor y) {
        linear.forward(me, x, w, y, false);
    }

    @Override
    public void multiplyAdd(Member me, Tensor x, Matrix w, Tensor y) {
        linear.forward(me, x, w, y, true);
    }

    @Override
    public void multiplyTransposed(Member me, Tensor dy, Matrix w, Tensor dx) {
        linear.transposed(me, dy, w, dx);
    }

    @Override
    public void addBias(Member me, Matrix w, Tensor bias, Tensor y) {
        linear.addBias(me, w, bias, y);
    }

    @Override
    public void rmsNorm(Member me, Tensor x, Tensor weight, float epsilon, Tensor y) {
        Check.norm(x, weight, y);
        int columns = Math.toIntExact(x.columns());
        for (long row = me.shareStart(x.rows(), 1); row < me.shareEnd(x.rows(), 1); row++) {
            long at = row * x.rowBytes();
            Elementwise.rmsNorm(x.data(), at, weight.data(), epsilon, y.data(), at, columns);
        }
    }

    @Override
    public void rmsNormAdd(Member me, Tensor x, Tensor weight, float epsilon, Tensor y) {
        Check.norm(x, weight, y);
        int columns = Math.toIntExact(x.columns());
        for (long row = me.shareStart(x.rows(), 1); row < me.shareEnd(x.rows(), 1); row++) {
            Elementwise.rmsNormAdd(x.data(), row * x.rowBytes(), weight.data(), epsilon, y.data(), columns);
        }
    }

    @Override
    public void layerNorm(Member me, Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor y) {
        Check.layerNorm(x, weight, bias, y);
        int columns = Math.toIntExact(x.columns());
        for (long row = me.shareStart(x.rows(), 1); row < me.shareEnd(x.rows(), 1); row++) {
            long at = row * x.rowBytes();
            LayerNorm.forward(x.data(), weight.data(), bias.data(), epsilon, y.data(), at, columns);
        }
    }

    @Override
    public void rotate(Member me, AttentionCall call) {
        int heads = call.layout().count();
        int from = (int) me.shareStart(heads, 1);
        int to = (int) me.shareEnd(heads, 1);
        for (Sequence sequence : call.sequences()) {
            for (int token = 0; token < sequence.tokens(); token++) {
                for (int head = from; head < to; head++) {
                    Rotation.head(call, sequence, token, head);
                }
            }
        }
    }

    @Override
    public void attention(Member me, AttentionCall call) {
        Scratch scratch = pool.take(me);
        try {
            for (Sequence sequence : call.sequences()) {
                // Later tokens see more: whole tokens are dealt out in turn, not in ranges.
                boolean byToken = sequence.tokens() >= TOKENS_A_MEMBER * me.size();
                int from = byToken ? 0 : (int) me.shareStart(call.heads(), 1);
                int to = byToken ? call.heads() : (int) me.shareEnd(call.heads(), 1);
                int first = byToken ? me.index() : 0;
                int step = byToken ? me.size() : 1;
                for (int token = first; token < sequence.tokens() && from < to; token += step) {
                    float[] memory = scratch.prepared(Attention.scratchSize(call, sequence, token));
                    Attention.heads(call, sequence, token, from, to, memory);
                }
            }
        } finally {
            pool.give(me, scratch);
        }
    }

    @Override
    public void gate(Member me, Activation activation, Tensor gateUp, Tensor out) {
        Check.gated(gateUp, out);
        int columns = Math.toIntExact(out.columns());
        int from = (int) me.shareStart(columns, VectorProducts.GRAIN);
        int to = (int) me.shareEnd(columns, VectorProducts.GRAIN);
        Activations activations = new Activations(activation);
        for (long row = 0; row < out.rows(); row++) {
            long gateAt = row * gateUp.rowBytes();
            long outAt = row * out.rowBytes();
            if (activation == Activation.SILU) {
                Elementwise.swiglu(gateUp.data(), gateAt, columns, from, to, out.data(), outAt);
            } else {
                long upAt = gateAt + 4L * (columns + from);
                activations.gate(gateUp.data(), gateAt + 4L * from, upAt, out.data(), outAt + 4L * from, to - from);
            }
        }
    }

    @Override
    public void activate(Member me, Activation activation, Tensor x, Tensor out) {
        Check.pair(x, out);
        long from = me.shareStart(x.elements(), VectorProducts.GRAIN);
        long to = me.shareEnd(x.elements(), VectorProducts.GRAIN);
        new Activations(activation).activate(x.data(), 4 * from, out.data(), 4 * from, Math.toIntExact(to - from));
    }

    @Override
    public void scale(Member me, float factor, Tensor x) {
        Check.floats("input", x);
        long from = me.shareStart(x.elements(), VectorProducts.GRAIN);
        long to = me.shareEnd(x.elements(), VectorProducts.GRAIN);
        Elementwise.scale(factor, x.data(), 4 * from, Math.toIntExact(to - from));
    }

    @Override
    public void add(Member me, Tensor x, Tensor y) {
        Check.floats("input", x);
        Check.floats("output", y);
        Check.sameShape("input", x, "output", y);
        long from = me.shareStart(x.elements(), VectorProducts.GRAIN);
        long to = me.shareEnd(x.elements(), VectorProducts.GRAIN);
        Elementwise.add(x.data(), 4 * from, y.data(), 4 * from, Math.toIntExact(to - from));
    }

    @Override
    public void rows(Member me, Matrix table, int[] ids, Tensor out) {
        Check.lookup(table, ids, out);
        float[] row = new float[Math.toIntExact(table.columns())];
        for (long i = me.shareStart(ids.length, 1); i < me.shareEnd(ids.length, 1); i++) {
            Linear.own(table).decodeRow(ids[(int) i], row);
            MemorySegment.copy(row, 0, out.data(), Tensor.FLOAT, i * out.rowBytes(), row.length);
        }
    }

    @Override
    public BackwardKernels backward() {
        return backward;
    }

    @Override
    public ExpertKernels experts() {
        return experts;
    }

    @Override
    public int argmax(Tensor vector) {
        Check.floats("vector", vector);
        return Elementwise.argmax(vector.data(), Math.toIntExact(vector.elements()));
    }

    @Override
    public OutlierShare outliers() {
        return outliers.share();
    }

    @Override
    public int touch(Member me, MemorySegment data) {
        long from = me.shareStart(data.byteSize(), Tensor.ALIGNMENT);
        long to = me.shareEnd(data.byteSize(), Tensor.ALIGNMENT);
        return Elementwise.exclusiveOr(data, from, to);
    }

    @Override
    public void close() {
        pool.close();
    }
}
