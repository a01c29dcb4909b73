package corolla.bench.kernels;

import corolla.base.compute.Member;
import corolla.tensor.Activation;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.AttentionLayer;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.RopeTable;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Random weights of a shape, and one step of decoding or prefill as a model does it, barriers included. */
final class RandomModel {
    private static final int POSITIONS = 1024;
    private static final float EPSILON = 1e-5f;

    private record Block(Matrix qkv, Matrix output, Matrix gateUp, Matrix down, Tensor keys, Tensor values) {}

    private final Kernels kernels;
    private final ModelShape shape;
    private final Arena arena;
    private final Random random = new Random(1);
    private final List<Block> blocks = new ArrayList<>();
    private final Tensor norm;
    private final RopeTable rope;
    private final @Nullable Matrix head;

    RandomModel(Kernels kernels, ModelShape shape, DType dtype, Arena arena) {
        this.kernels = kernels;
        this.shape = shape;
        this.arena = arena;
        this.norm = floats(1, shape.hidden());
        Tensor table = floats(POSITIONS, shape.headSize() / 2);
        this.rope = new RopeTable(table, table, RopeTable.Pairing.HALVES);
        int attended = shape.heads() * shape.headSize();
        for (int i = 0; i < shape.blocks(); i++) {
            blocks.add(new Block(
                    weights(dtype, shape.qkv(), shape.hidden()),
                    weights(dtype, shape.hidden(), attended),
                    weights(dtype, 2 * shape.inner(), shape.hidden()),
                    weights(dtype, shape.hidden(), shape.inner()),
                    Tensor.allocate(arena, DType.F32, shape.kvHeads(), POSITIONS, shape.headSize()),
                    Tensor.allocate(arena, DType.F32, shape.kvHeads(), POSITIONS, shape.headSize())));
        }
        this.head = shape.vocabulary() == 0 ? null : weights(shape.headType(), shape.vocabulary(), shape.hidden());
    }

    private Tensor floats(long rows, long columns) {
        Tensor tensor = Tensor.allocate(arena, DType.F32, rows, columns);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.setFloat(i, (float) random.nextGaussian());
        }
        return tensor;
    }

    /** One random row repeated: products do not look at what they multiply. */
    private Matrix weights(DType dtype, int rows, int columns) {
        Tensor row = Elements.convert(arena, floats(1, columns), dtype);
        Tensor all = Tensor.allocate(arena, dtype, rows, columns);
        for (int i = 0; i < rows; i++) {
            all.slice(i, i + 1).copyFrom(row);
        }
        return kernels.matrix(arena, all);
    }

    /** Bytes of weights that a token reads. */
    long weightBytes() {
        long bytes = head == null ? 0 : head.bytes();
        for (Block block : blocks) {
            bytes += block.qkv.bytes() + block.output.bytes() + block.gateUp.bytes() + block.down.bytes();
        }
        return bytes;
    }

    /** Activations of a step of {@code tokens} rows after {@code position}. */
    Step step(int tokens, int position) {
        return new Step(tokens, position);
    }

    final class Step {
        private final Tensor hidden;
        private final Tensor normed;
        private final Tensor qkv;
        private final Tensor attended;
        private final Tensor gateUp;
        private final Tensor gated;
        private final Tensor logits;
        private final List<AttentionCall> calls = new ArrayList<>();

        private Step(int tokens, int position) {
            hidden = floats(tokens, shape.hidden());
            normed = floats(tokens, shape.hidden());
            qkv = floats(tokens, shape.qkv());
            attended = floats(tokens, (long) shape.heads() * shape.headSize());
            gateUp = floats(tokens, 2L * shape.inner());
            gated = floats(tokens, shape.inner());
            logits = floats(1, Math.max(1, shape.vocabulary()));
            for (Block block : blocks) {
                Sequence sequence = new Sequence(0, tokens, block.keys, block.values, position);
                AttentionLayer layer = AttentionLayer.of(shape.heads(), shape.kvHeads(), shape.headSize(), 0.125f)
                        .withRope(rope);
                calls.add(new AttentionCall(layer, qkv, List.of(sequence), attended));
            }
        }

        void run(Member me) {
            for (int i = 0; i < blocks.size(); i++) {
                block(me, blocks.get(i), calls.get(i));
            }
            if (head != null) {
                kernels.rmsNorm(me, hidden, norm, EPSILON, normed);
                me.barrier();
                kernels.multiply(me, normed.slice(0, 1), head, logits);
                me.barrier();
            }
        }

        private void block(Member me, Block block, AttentionCall call) {
            kernels.rmsNorm(me, hidden, norm, EPSILON, normed);
            me.barrier();
            kernels.multiply(me, normed, block.qkv, qkv);
            me.barrier();
            kernels.rotate(me, call);
            me.barrier();
            kernels.attention(me, call);
            me.barrier();
            kernels.multiplyAdd(me, attended, block.output, hidden);
            me.barrier();
            kernels.rmsNorm(me, hidden, norm, EPSILON, normed);
            me.barrier();
            kernels.multiply(me, normed, block.gateUp, gateUp);
            me.barrier();
            kernels.gate(me, Activation.SILU, gateUp, gated);
            me.barrier();
            kernels.multiplyAdd(me, gated, block.down, hidden);
            me.barrier();
        }

        /** The products alone. */
        void products(Member me) {
            for (Block block : blocks) {
                kernels.multiply(me, normed, block.qkv, qkv);
                kernels.multiply(me, attended, block.output, hidden);
                kernels.multiply(me, normed, block.gateUp, gateUp);
                kernels.multiply(me, gated, block.down, hidden);
                me.barrier();
            }
            if (head != null) {
                kernels.multiply(me, normed.slice(0, 1), head, logits);
            }
        }
    }
}
