package corolla.tensor.scalar;

import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.AttentionHeads;
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
 *
 * A sink changes the probabilities and nothing else: it has no value, so its own dp is 0.
 */
final class ScalarAttentionBackward {
    private final AttentionCall call;
    private final AttentionHeads layout;
    private final Tensor dOut;
    private final Tensor dQkv;
    private final @Nullable Tensor unnormed;

    ScalarAttentionBackward(AttentionBackwardCall backward) {
        this.call = backward.forward();
        this.layout = call.layout();
        this.dOut = backward.dOut();
        this.dQkv = backward.dQkv();
        this.unnormed = backward.unnormed();
    }

    void run(Sequence sequence, int kvHead) {
        int group = call.heads() / call.kvHeads();
        for (int token = 0; token < sequence.tokens(); token++) {
            zero(keyIndex(sequence, token, kvHead), layout.keySize());
            zero(valueIndex(sequence, token, kvHead), layout.valueSize());
        }
        for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
            for (int token = 0; token < sequence.tokens(); token++) {
                query(sequence, token, head, kvHead);
            }
        }
    }

    private void query(Sequence sequence, int token, int head, int kvHead) {
        int start = Math.max(0, token - call.window() + 1);
        int visible = token + 1 - start;
        int keySize = layout.keySize();
        int valueSize = layout.valueSize();
        long query = qkvIndex(sequence.row() + token, head);
        long out = (sequence.row() + token) * layout.outColumns() + (long) head * valueSize;
        float[] probabilities = new float[visible];
        float[] gradients = new float[visible]; // of probabilities, then of scores
        for (int i = 0; i < visible; i++) {
            long key = ScalarAttention.cacheIndex(sequence.keys(), kvHead, start + i);
            long value = ScalarAttention.cacheIndex(sequence.values(), kvHead, start + i) + layout.valueStart();
            probabilities[i] = call.scale() * dot(call.qkv(), query, sequence.keys(), key, keySize)
                    + ScalarAttention.bias(call, head, start + i);
            gradients[i] = dot(dOut, out, sequence.values(), value, valueSize);
        }
        ScalarAttention.softmax(probabilities, call.sink(head));
        float mean = 0;
        for (int i = 0; i < visible; i++) {
            mean += probabilities[i] * gradients[i];
        }
        zero(query, keySize);
        for (int i = 0; i < visible; i++) {
            float score = call.scale() * probabilities[i] * (gradients[i] - mean);
            long key = ScalarAttention.cacheIndex(sequence.keys(), kvHead, start + i);
            addScaled(score, sequence.keys(), key, query, keySize);
            addScaled(score, call.qkv(), query, keyIndex(sequence, start + i, kvHead), keySize);
            addScaled(probabilities[i], dOut, out, valueIndex(sequence, start + i, kvHead), valueSize);
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
        for (int i = 0; i < layout.keySize(); i++) {
            double value = x.getFloat(at + i);
            squares += value * value;
            product += value * dQkv.getFloat(at + i) * weight.getFloat(i);
        }
        double inverse = 1 / Math.sqrt(squares / layout.keySize() + epsilon);
        double along = inverse * inverse * inverse * product / layout.keySize();
        for (int i = 0; i < layout.keySize(); i++) {
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

    private void zero(long index, int size) {
        for (int j = 0; j < size; j++) {
            dQkv.setFloat(index + j, 0);
        }
    }

    private void addScaled(float factor, Tensor from, long index, long to, int size) {
        for (int j = 0; j < size; j++) {
            dQkv.setFloat(to + j, dQkv.getFloat(to + j) + factor * from.getFloat(index + j));
        }
    }

    private static float dot(Tensor a, long aIndex, Tensor b, long bIndex, int size) {
        float sum = 0;
        for (int j = 0; j < size; j++) {
            sum += a.getFloat(aIndex + j) * b.getFloat(bIndex + j);
        }
        return sum;
    }

    private long qkvIndex(int row, int head) {
        return row * call.qkv().columns() + layout.column(head);
    }

    private long keyIndex(Sequence sequence, int token, int kvHead) {
        return qkvIndex(sequence.row() + token, layout.queries() + kvHead);
    }

    /** Where the gradient of a value goes: with that of the key that holds it, where values are in keys. */
    private long valueIndex(Sequence sequence, int token, int kvHead) {
        return layout.values() == AttentionHeads.Values.OWN
                ? qkvIndex(sequence.row() + token, layout.queries() + layout.keyValues() + kvHead)
                : keyIndex(sequence, token, kvHead) + layout.valueStart();
    }
}
