package corolla.tensor.scalar;

import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.AttentionLayer.HeadNorms;
import corolla.tensor.RopeTable;
import corolla.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Backward of softmax attention for one key/value head with all query heads that share it, one query at a time. With
 * probabilities p = softmax(s), s = scale · K q, and output o = Vᵀ p, its gradient d gives
 *
 * <pre>
 * dV += p dᵀ     dp = V d     ds = p ∘ (dp − p · dp)     dq = scale · Kᵀ ds     dK += scale · ds qᵀ
 * </pre>
 */
final class ScalarAttentionBackward {
    private final AttentionCall call;
    private final Tensor dOut;
    private final Tensor dQkv;
    private final @Nullable Tensor unnormed;
    private final int size;

    ScalarAttentionBackward(AttentionBackwardCall backward) {
        this.call = backward.forward();
        this.dOut = backward.dOut();
        this.dQkv = backward.dQkv();
        this.unnormed = backward.unnormed();
        this.size = call.headSize();
    }

    void run(Sequence sequence, int kvHead) {
        int group = call.heads() / call.kvHeads();
        zero(sequence, call.heads() + kvHead);
        zero(sequence, call.heads() + call.kvHeads() + kvHead);
        for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
            for (int token = 0; token < sequence.tokens(); token++) {
                query(sequence, token, head, kvHead);
            }
        }
    }

    private void query(Sequence sequence, int token, int head, int kvHead) {
        int start = Math.max(0, token - call.window() + 1);
        int visible = token + 1 - start;
        long query = qkvIndex(sequence.row() + token, head);
        long out = (long) (sequence.row() + token) * call.heads() * size + (long) head * size;
        float[] probabilities = new float[visible];
        float[] gradients = new float[visible]; // of probabilities, then of scores
        for (int i = 0; i < visible; i++) {
            long cached = ((long) kvHead * sequence.keys().shape().size(1) + start + i) * size;
            probabilities[i] = call.scale() * dot(call.qkv(), query, sequence.keys(), cached)
                    + ScalarAttention.bias(call, head, start + i);
            gradients[i] = dot(dOut, out, sequence.values(), cached);
        }
        ScalarAttention.softmax(probabilities);
        float mean = 0;
        for (int i = 0; i < visible; i++) {
            mean += probabilities[i] * gradients[i];
        }
        zero(query);
        for (int i = 0; i < visible; i++) {
            float score = call.scale() * probabilities[i] * (gradients[i] - mean);
            long cached = ((long) kvHead * sequence.keys().shape().size(1) + start + i) * size;
            int row = sequence.row() + start + i;
            addScaled(score, sequence.keys(), cached, query);
            addScaled(score, call.qkv(), query, qkvIndex(row, call.heads() + kvHead));
            addScaled(probabilities[i], dOut, out, qkvIndex(row, call.heads() + call.kvHeads() + kvHead));
        }
    }

    /** Back through rotation, then through the norm. Heads count over queries, then keys. */
    void rotate(Sequence sequence, int token, int head) {
        long at = qkvIndex(sequence.row() + token, head);
        RopeTable rope = call.rope();
        if (rope != null) {
            turnBack(rope, token, at);
        }
        HeadNorms norms = call.layer().norms();
        if (norms != null && unnormed != null) {
            norm(unnormed, head < call.heads() ? norms.query() : norms.key(), norms.epsilon(), at);
        }
    }

    /** As {@link ScalarBackwardKernels#rmsNorm}, in place. */
    private void norm(Tensor x, Tensor weight, float epsilon, long at) {
        double squares = 0;
        double product = 0;
        for (int i = 0; i < size; i++) {
            double value = x.getFloat(at + i);
            squares += value * value;
            product += value * dQkv.getFloat(at + i) * weight.getFloat(i);
        }
        double inverse = 1 / Math.sqrt(squares / size + epsilon);
        double along = inverse * inverse * inverse * product / size;
        for (int i = 0; i < size; i++) {
            double gradient = inverse * dQkv.getFloat(at + i) * weight.getFloat(i) - along * x.getFloat(at + i);
            dQkv.setFloat(at + i, (float) gradient);
        }
    }

    /** The inverse of a rotation is its transpose: the sine changes sign. */
    private void turnBack(RopeTable rope, int token, long at) {
        int rotated = rope.rotated();
        for (int pair = 0; pair < rotated / 2; pair++) {
            boolean halves = rope.pairing() == RopeTable.Pairing.HALVES;
            long first = at + (halves ? pair : 2L * pair);
            long second = at + (halves ? pair + rotated / 2 : 2L * pair + 1);
            float cosine = rope.cosines().getFloat(token * (rotated / 2L) + pair);
            float sine = rope.sines().getFloat(token * (rotated / 2L) + pair);
            float a = dQkv.getFloat(first);
            float b = dQkv.getFloat(second);
            dQkv.setFloat(first, a * cosine + b * sine);
            dQkv.setFloat(second, b * cosine - a * sine);
        }
    }

    private void zero(Sequence sequence, int head) {
        for (int token = 0; token < sequence.tokens(); token++) {
            zero(qkvIndex(sequence.row() + token, head));
        }
    }

    private void zero(long index) {
        for (int j = 0; j < size; j++) {
            dQkv.setFloat(index + j, 0);
        }
    }

    private void addScaled(float factor, Tensor from, long index, long to) {
        for (int j = 0; j < size; j++) {
            dQkv.setFloat(to + j, dQkv.getFloat(to + j) + factor * from.getFloat(index + j));
        }
    }

    private float dot(Tensor a, long aIndex, Tensor b, long bIndex) {
        float sum = 0;
        for (int j = 0; j < size; j++) {
            sum += a.getFloat(aIndex + j) * b.getFloat(bIndex + j);
        }
        return sum;
    }

    private long qkvIndex(int row, int head) {
        return row * call.qkv().columns() + (long) head * size;
    }
}
