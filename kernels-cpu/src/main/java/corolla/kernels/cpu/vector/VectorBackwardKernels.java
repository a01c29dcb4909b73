package corolla.kernels.cpu.vector;

import corolla.base.compute.Member;
import corolla.tensor.Activation;
import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.BackwardKernels;
import corolla.tensor.Check;
import corolla.tensor.Tensor;
import java.util.List;

/**
 * Backward rules on the Vector API. Members share rows; attention is shared by sequences and key/value heads. Stateless,
 * thread-safe.
 */
public final class VectorBackwardKernels implements BackwardKernels {

    /** Needs the Vector API, nothing else. */
    public VectorBackwardKernels() {}

    @Override
    public void rmsNorm(Member me, Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx) {
        Check.normBackward(x, weight, dy, dx);
        int columns = Math.toIntExact(x.columns());
        for (long row = me.shareStart(x.rows(), 1); row < me.shareEnd(x.rows(), 1); row++) {
            ElementwiseBackward.rmsNorm(
                    x.data(), weight.data(), epsilon, dy.data(), dx.data(), row * x.rowBytes(), columns);
        }
    }

    @Override
    public void layerNorm(Member me, Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx) {
        Check.normBackward(x, weight, dy, dx);
        int columns = Math.toIntExact(x.columns());
        for (long row = me.shareStart(x.rows(), 1); row < me.shareEnd(x.rows(), 1); row++) {
            LayerNorm.backward(x.data(), weight.data(), epsilon, dy.data(), dx.data(), row * x.rowBytes(), columns);
        }
    }

    @Override
    public void gate(Member me, Activation activation, Tensor gateUp, Tensor dOut) {
        Check.gated(gateUp, dOut);
        int columns = Math.toIntExact(dOut.columns());
        Activations activations = new Activations(activation);
        for (long row = me.shareStart(dOut.rows(), 1); row < me.shareEnd(dOut.rows(), 1); row++) {
            long gateAt = row * gateUp.rowBytes();
            long upAt = gateAt + 4L * columns;
            activations.gateBackward(gateUp.data(), gateAt, upAt, dOut.data(), row * dOut.rowBytes(), columns);
        }
    }

    @Override
    public void activate(Member me, Activation activation, Tensor x, Tensor dOut) {
        Check.pair(x, dOut);
        int columns = Math.toIntExact(x.columns());
        Activations activations = new Activations(activation);
        for (long row = me.shareStart(x.rows(), 1); row < me.shareEnd(x.rows(), 1); row++) {
            long at = row * x.rowBytes();
            activations.activateBackward(x.data(), at, dOut.data(), at, columns);
        }
    }

    @Override
    public void attention(Member me, AttentionBackwardCall call) {
        List<Sequence> sequences = call.forward().sequences();
        int kvHeads = call.forward().kvHeads();
        long units = (long) sequences.size() * kvHeads;
        long start = me.shareStart(units, 1);
        long end = me.shareEnd(units, 1);
        if (start == end) {
            return;
        }
        AttentionBackward attention = new AttentionBackward(call);
        for (long unit = start; unit < end; unit++) {
            attention.run(sequences.get((int) (unit / kvHeads)), (int) (unit % kvHeads));
        }
    }

    @Override
    public void rotate(Member me, AttentionBackwardCall call) {
        for (Sequence sequence : call.forward().sequences()) {
            int end = (int) me.shareEnd(sequence.tokens(), 1);
            for (int token = (int) me.shareStart(sequence.tokens(), 1); token < end; token++) {
                RotationBackward.row(call, sequence.row() + (long) token, token);
            }
        }
    }

    @Override
    public void crossEntropy(Member me, Tensor logits, int[] targets, float scale, Tensor losses) {
        Check.losses(logits, targets, losses);
        int columns = Math.toIntExact(logits.columns());
        for (int row = (int) me.shareStart(targets.length, 1); row < me.shareEnd(targets.length, 1); row++) {
            long at = row * logits.rowBytes();
            float loss = targets[row] == NO_TARGET
                    ? ElementwiseBackward.noTarget(logits.data(), at, logits.rowBytes())
                    : ElementwiseBackward.crossEntropy(logits.data(), at, columns, targets[row], scale);
            losses.setFloat(row, loss);
        }
    }
}
