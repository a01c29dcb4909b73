package corolla.tensor.contract;

import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionHeads;
import corolla.tensor.AttentionLayer.HeadNorms;
import corolla.tensor.RopeTable;
import corolla.tensor.Tensor;
import java.util.Arrays;

/** Rotation and attention in double precision, from the formulas: what finite differences are taken of. */
public record DoubleAttention(AttentionCall call) {

    /** Outputs (rows, heads · valueSize) for queries, keys and values as they come from their projection. */
    public double[] attend(double[] qkv) {
        double[] out = new double[(int) call.out().elements()];
        for (AttentionCall.Sequence sequence : call.sequences()) {
            for (int token = 0; token < sequence.tokens(); token++) {
                for (int head = 0; head < call.heads(); head++) {
                    attend(qkv, sequence, token, head, out);
                }
            }
        }
        return out;
    }

    private void attend(double[] qkv, AttentionCall.Sequence sequence, int token, int head, double[] out) {
        AttentionHeads layout = call.layout();
        int key = call.heads() + layout.keyValueOf(head);
        int start = (int) Math.max(0L, (long) token - call.window() + 1);
        double[] query = rotated(qkv, sequence, token, head);
        double[] weights = new double[token + 1];
        double sum = Math.exp(call.sink(head));
        for (int other = start; other <= token; other++) {
            double[] rotatedKey = rotated(qkv, sequence, other, key);
            double product = 0;
            for (int j = 0; j < layout.keySize(); j++) {
                product += query[j] * rotatedKey[j];
            }
            weights[other] = Math.exp(product * call.scale() + bias(head, other));
            sum += weights[other];
        }
        for (int other = start; other <= token; other++) {
            double[] value = value(qkv, sequence, other, key);
            for (int j = 0; j < value.length; j++) {
                int at = ((sequence.row() + token) * call.heads() + head) * value.length + j;
                out[at] += weights[other] / sum * value[j];
            }
        }
    }

    private double[] value(double[] qkv, AttentionCall.Sequence sequence, int token, int key) {
        int size = call.layout().valueSize();
        return switch (call.layout().values()) {
            case OWN -> {
                int at = index(sequence.row() + token, key + call.kvHeads());
                yield Arrays.copyOfRange(qkv, at, at + size);
            }
            case IN_KEYS -> {
                double[] whole = rotated(qkv, sequence, token, key);
                yield Arrays.copyOfRange(whole, whole.length - size, whole.length);
            }
        };
    }

    private double bias(int head, int position) {
        Tensor biases = call.layer().biases();
        return biases == null ? 0 : biases.getFloat(head * biases.columns() + position);
    }

    private void norm(double[] vector, Tensor weight, double epsilon) {
        double squares = 0;
        for (double value : vector) {
            squares += value * value;
        }
        for (int i = 0; i < vector.length; i++) {
            vector[i] *= weight.getFloat(i) / Math.sqrt(squares / vector.length + epsilon);
        }
    }

    private double[] rotated(double[] qkv, AttentionCall.Sequence sequence, int token, int head) {
        double[] vector = new double[call.layout().keySize()];
        System.arraycopy(qkv, index(sequence.row() + token, head), vector, 0, vector.length);
        HeadNorms norms = call.layer().norms();
        if (norms != null) {
            norm(vector, head < call.heads() ? norms.query() : norms.key(), norms.epsilon());
        }
        RopeTable rope = call.rope();
        if (rope == null) {
            return vector;
        }
        int pairs = rope.rotated() / 2;
        for (int pair = 0; pair < pairs; pair++) {
            boolean halves = rope.pairing() == RopeTable.Pairing.HALVES;
            int first = halves ? pair : 2 * pair;
            int second = halves ? pair + pairs : 2 * pair + 1;
            double a = vector[first];
            double b = vector[second];
            double cosine = rope.cosines().getFloat((long) token * pairs + pair);
            double sine = rope.sines().getFloat((long) token * pairs + pair);
            vector[first] = a * cosine - b * sine;
            vector[second] = b * cosine + a * sine;
        }
        return vector;
    }

    private int index(int row, int head) {
        return (int) (row * call.layout().columns() + call.layout().column(head));
    }
}
