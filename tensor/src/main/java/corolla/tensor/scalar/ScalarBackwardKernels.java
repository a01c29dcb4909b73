package corolla.tensor.scalar;

import corolla.base.compute.Member;
import corolla.tensor.Activation;
import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.BackwardKernels;
import corolla.tensor.Check;
import corolla.tensor.Tensor;
import java.util.List;

/** The reference that other backward kernels are judged against. Stateless, thread-safe. */
public enum ScalarBackwardKernels implements BackwardKernels {
    INSTANCE;

    /**
     * y = r · x ∘ w with r = (mean(x²) + ε)^-½. By the product rule dx = r · (dy ∘ w) − r³ · x · mean(dy ∘ w ∘ x).
     */
    @Override
    public void rmsNorm(Member me, Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx) {
        Check.normBackward(x, weight, dy, dx);
        long columns = x.columns();
        for (long row = me.shareStart(x.rows(), 1); row < me.shareEnd(x.rows(), 1); row++) {
            long start = row * columns;
            double squares = 0;
            double product = 0;
            for (long k = 0; k < columns; k++) {
                double value = x.getFloat(start + k);
                squares += value * value;
                product += value * dy.getFloat(start + k) * weight.getFloat(k);
            }
            double inverse = 1 / Math.sqrt(squares / columns + epsilon);
            double along = inverse * inverse * inverse * product / columns;
            for (long k = 0; k < columns; k++) {
                double gradient = inverse * dy.getFloat(start + k) * weight.getFloat(k) - along * x.getFloat(start + k);
                dx.setFloat(start + k, (float) (dx.getFloat(start + k) + gradient));
            }
        }
    }

    /**
     * y = x̂ ∘ w + b with x̂ = r · (x − mean(x)), r = (variance(x) + ε)^-½. With g = dy ∘ w,
     * dx = r · (g − mean(g) − x̂ · mean(g ∘ x̂)).
     */
    @Override
    public void layerNorm(Member me, Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx) {
        Check.normBackward(x, weight, dy, dx);
        for (long row = me.shareStart(x.rows(), 1); row < me.shareEnd(x.rows(), 1); row++) {
            layerNormRow(x, weight, epsilon, dy, dx, row * x.columns());
        }
    }

    private static void layerNormRow(Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx, long start) {
        long columns = x.columns();
        double sum = 0;
        double gradients = 0;
        for (long k = 0; k < columns; k++) {
            sum += x.getFloat(start + k);
            gradients += (double) dy.getFloat(start + k) * weight.getFloat(k);
        }
        double mean = sum / columns;
        double squares = 0;
        double product = 0;
        for (long k = 0; k < columns; k++) {
            double value = x.getFloat(start + k) - mean;
            squares += value * value;
            product += value * dy.getFloat(start + k) * weight.getFloat(k);
        }
        double inverse = 1 / Math.sqrt(squares / columns + epsilon);
        double along = inverse * inverse * product / columns;
        for (long k = 0; k < columns; k++) {
            double gradient = (double) dy.getFloat(start + k) * weight.getFloat(k) - gradients / columns;
            double gradientOfX = inverse * (gradient - along * (x.getFloat(start + k) - mean));
            dx.setFloat(start + k, (float) (dx.getFloat(start + k) + gradientOfX));
        }
    }

    @Override
    public void gate(Member me, Activation activation, Tensor gateUp, Tensor dOut) {
        Check.gated(gateUp, dOut);
        long columns = dOut.columns();
        for (long i = me.shareStart(dOut.elements(), 1); i < me.shareEnd(dOut.elements(), 1); i++) {
            long gateIndex = i / columns * 2 * columns + i % columns;
            double gate = gateUp.getFloat(gateIndex);
            double up = gateUp.getFloat(gateIndex + columns);
            double gradient = dOut.getFloat(i);
            gateUp.setFloat(gateIndex, (float) (gradient * up * activation.slope(gate)));
            gateUp.setFloat(gateIndex + columns, (float) (gradient * activation.value(gate)));
        }
    }

    @Override
    public void activate(Member me, Activation activation, Tensor x, Tensor dOut) {
        Check.pair(x, dOut);
        for (long i = me.shareStart(x.elements(), 1); i < me.shareEnd(x.elements(), 1); i++) {
            x.setFloat(i, (float) (dOut.getFloat(i) * activation.slope(x.getFloat(i))));
        }
    }

    @Override
    public void attention(Member me, AttentionBackwardCall call) {
        ScalarAttentionBackward attention = new ScalarAttentionBackward(call);
        List<Sequence> sequences = call.forward().sequences();
        int kvHeads = call.forward().kvHeads();
        long units = (long) sequences.size() * kvHeads;
        for (long unit = me.shareStart(units, 1); unit < me.shareEnd(units, 1); unit++) {
            attention.run(sequences.get((int) (unit / kvHeads)), (int) (unit % kvHeads));
        }
    }

    @Override
    public void rotate(Member me, AttentionBackwardCall call) {
        ScalarAttentionBackward attention = new ScalarAttentionBackward(call);
        int heads = call.forward().heads() + call.forward().kvHeads();
        for (Sequence sequence : call.forward().sequences()) {
            for (int token = 0; token < sequence.tokens(); token++) {
                for (long head = me.shareStart(heads, 1); head < me.shareEnd(heads, 1); head++) {
                    attention.rotate(sequence, token, (int) head);
                }
            }
        }
    }

    /** ∂loss / ∂logits = softmax(logits) − onehot(target). */
    @Override
    public void crossEntropy(Member me, Tensor logits, int[] targets, float scale, Tensor losses) {
        Check.losses(logits, targets, losses);
        for (long row = me.shareStart(targets.length, 1); row < me.shareEnd(targets.length, 1); row++) {
            losses.setFloat(row, crossEntropy(logits, row, targets[(int) row], scale));
        }
    }

    private static float crossEntropy(Tensor logits, long row, int target, float scale) {
        long columns = logits.columns();
        long start = row * columns;
        if (target == NO_TARGET) {
            for (long k = 0; k < columns; k++) {
                logits.setFloat(start + k, 0);
            }
            return 0;
        }
        float max = Float.NEGATIVE_INFINITY;
        for (long k = 0; k < columns; k++) {
            max = Math.max(max, logits.getFloat(start + k));
        }
        double sum = 0;
        for (long k = 0; k < columns; k++) {
            sum += Math.exp(logits.getFloat(start + k) - max);
        }
        double loss = Math.log(sum) + max - logits.getFloat(start + target);
        for (long k = 0; k < columns; k++) {
            double probability = Math.exp(logits.getFloat(start + k) - max) / sum;
            logits.setFloat(start + k, (float) (scale * (k == target ? probability - 1 : probability)));
        }
        return (float) loss;
    }
}
