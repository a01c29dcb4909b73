package corolla.tensor.scalar;

import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.AttentionHeads;
import corolla.tensor.AttentionLayer.HeadNorms;
import corolla.tensor.RopeTable;
import corolla.tensor.Tensor;

/** Rotary embedding (RoFormer, equation 34) and attention (Attention Is All You Need, equation 1) for one row and head. */
final class ScalarAttention {
    private final AttentionCall call;
    private final AttentionHeads layout;

    ScalarAttention(AttentionCall call) {
        this.call = call;
        this.layout = call.layout();
    }

    private long qkvIndex(int row, int head) {
        return row * call.qkv().columns() + layout.column(head);
    }

    static long cacheIndex(Tensor cache, int head, int position) {
        return (head * cache.shape().size(1) + position) * cache.columns();
    }

    /** Queries in place; keys and values into the cache. Heads count over queries, keys and values. */
    void rotate(Sequence sequence, int token, int head) {
        long from = qkvIndex(sequence.row() + token, head);
        HeadNorms norms = call.layer().norms();
        if (norms != null && head < call.heads() + call.kvHeads()) {
            norm(from, head < call.heads() ? norms.query() : norms.key(), norms.epsilon());
        }
        int position = sequence.position() + token;
        int kvHead = (head - call.heads()) % call.kvHeads();
        if (head < call.heads()) {
            turn(from, position, call.qkv(), from);
        } else if (head < call.heads() + call.kvHeads()) {
            turn(from, position, sequence.keys(), cacheIndex(sequence.keys(), kvHead, position));
        } else {
            long to = cacheIndex(sequence.values(), kvHead, position);
            for (int i = 0; i < layout.valueSize(); i++) {
                sequence.values().setFloat(to + i, call.qkv().getFloat(from + i));
            }
        }
    }

    private void norm(long from, Tensor weight, float epsilon) {
        double squares = 0;
        for (int i = 0; i < layout.keySize(); i++) {
            double value = call.qkv().getFloat(from + i);
            squares += value * value;
        }
        float inverse = (float) (1 / Math.sqrt(squares / layout.keySize() + epsilon));
        for (int i = 0; i < layout.keySize(); i++) {
            call.qkv().setFloat(from + i, call.qkv().getFloat(from + i) * inverse * weight.getFloat(i));
        }
    }

    private void turn(long from, int position, Tensor target, long to) {
        RopeTable rope = call.rope();
        int rotated = rope == null ? 0 : rope.rotated();
        if (rope != null) {
            for (int pair = 0; pair < rotated / 2; pair++) {
                boolean halves = rope.pairing() == RopeTable.Pairing.HALVES;
                int first = halves ? pair : 2 * pair;
                int second = halves ? pair + rotated / 2 : 2 * pair + 1;
                float cosine = rope.cosines().getFloat(position * (rotated / 2L) + pair);
                float sine = rope.sines().getFloat(position * (rotated / 2L) + pair);
                float a = call.qkv().getFloat(from + first);
                float b = call.qkv().getFloat(from + second);
                target.setFloat(to + first, a * cosine - b * sine);
                target.setFloat(to + second, b * cosine + a * sine);
            }
        }
        for (int i = rotated; i < layout.keySize(); i++) {
            target.setFloat(to + i, call.qkv().getFloat(from + i));
        }
    }

    void attend(Sequence sequence, int token, int head) {
        int position = sequence.position() + token;
        int start = Math.max(0, position - call.window() + 1);
        float[] weights = new float[position + 1 - start]; // (visible positions)
        int kvHead = layout.keyValueOf(head);
        long query = qkvIndex(sequence.row() + token, head);
        for (int i = 0; i < weights.length; i++) {
            long key = cacheIndex(sequence.keys(), kvHead, start + i);
            float product = 0;
            for (int j = 0; j < layout.keySize(); j++) {
                product += call.qkv().getFloat(query + j) * sequence.keys().getFloat(key + j);
            }
            weights[i] = product * call.scale() + bias(call, head, start + i);
        }
        softmax(weights, call.sink(head));
        int size = layout.valueSize();
        long out = (sequence.row() + token) * layout.outColumns() + (long) head * size;
        for (int j = 0; j < size; j++) {
            float sum = 0;
            for (int i = 0; i < weights.length; i++) {
                long value = cacheIndex(sequence.values(), kvHead, start + i) + layout.valueStart();
                sum += weights[i] * sequence.values().getFloat(value + j);
            }
            call.out().setFloat(out + j, sum);
        }
    }

    /** What is added to the score of a key at {@code position}. */
    static float bias(AttentionCall call, int head, int position) {
        Tensor biases = call.layer().biases();
        return biases == null ? 0 : biases.getFloat(head * biases.columns() + position);
    }

    /** Softmax of scores and a sink, whose own share is left out. */
    static void softmax(float[] x, float sink) {
        float max = sink;
        for (float value : x) {
            max = Math.max(max, value);
        }
        float sum = (float) Math.exp(sink - max);
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) Math.exp(x[i] - max);
            sum += x[i];
        }
        for (int i = 0; i < x.length; i++) {
            x[i] /= sum;
        }
    }
}
