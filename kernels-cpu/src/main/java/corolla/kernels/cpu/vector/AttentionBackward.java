package corolla.kernels.cpu.vector;

import corolla.kernels.cpu.vector.SmallProduct.Grid;
import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.AttentionHeads;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Backward of softmax attention for one key/value head of one sequence at a time, with all query heads that share it, some
 * queries at a time: five small products and a softmax a block of queries. T tokens, D the size of a key, V that of a value, R
 * the queries of a block, all padded.
 *
 * <pre>
 * P = softmax(scale · Q Kᵀ)     dP = dO Vᵀ     dS = scale · P ∘ (dP − rowsum(P ∘ dP))
 * dQ = dS K     dK += dSᵀ Q     dV += Pᵀ dO
 * </pre>
 *
 * <p>Owns its scratch, of the order of T · (D + V). Confined to one member and one call.
 */
final class AttentionBackward {
    /** Queries a block: the two (R, T) matrices stay in the second cache up to some thousand tokens. */
    private static final int QUERIES = 32;

    private final AttentionBackwardCall backward;
    private final AttentionCall call;
    private final AttentionHeads layout;
    private final int size;
    private final int sizePadded; // D
    private final int valueSize;
    private final int valuePadded; // V
    private int tokens;
    private int stride; // between rows of T
    private float[] keys = new float[0]; // (T, D)
    private float[] keysTransposed = keys; // (D, T)
    private float[] valuesTransposed = keys; // (V, T)
    private float[] dKeys = keys; // (T, D)
    private float[] dValues = keys; // (T, V)
    private float[] weights = keys; // (R, T): scores, then probabilities
    private float[] dWeights = keys; // (R, T): gradients of probabilities, then of scores
    private final float[] queries; // (R, D)
    private final float[] dQueries; // (R, D)
    private final float[] dOut; // (R, V)

    AttentionBackward(AttentionBackwardCall backward) {
        this.backward = backward;
        this.call = backward.forward();
        this.layout = call.layout();
        this.size = layout.keySize();
        this.sizePadded = SmallProduct.paddedColumns(size);
        this.valueSize = layout.valueSize();
        this.valuePadded = SmallProduct.paddedColumns(valueSize);
        this.queries = new float[QUERIES * sizePadded];
        this.dQueries = new float[QUERIES * sizePadded];
        this.dOut = new float[QUERIES * valuePadded];
    }

    void run(Sequence sequence, int kvHead) {
        load(sequence, kvHead);
        int group = call.heads() / call.kvHeads();
        for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
            for (int first = 0; first < tokens; first += QUERIES) {
                block(sequence, head, first, Math.min(QUERIES, tokens - first));
            }
        }
        int key = call.heads() + kvHead;
        switch (layout.values()) {
            case OWN ->
                store(dValues, valueSize, valuePadded, sequence.row(), tokens, layout.column(key + call.kvHeads()));
            case IN_KEYS -> addValuesToKeys();
        }
        store(dKeys, size, sizePadded, sequence.row(), tokens, layout.column(key));
    }

    private void addValuesToKeys() {
        for (int token = 0; token < tokens; token++) {
            for (int k = 0; k < valueSize; k++) {
                dKeys[token * sizePadded + layout.valueStart() + k] += dValues[token * valuePadded + k];
            }
        }
    }

    private void load(Sequence sequence, int kvHead) {
        resize(sequence.tokens());
        Tensor values = sequence.values();
        long keyOffset = Rotation.cacheOffset(sequence.keys(), kvHead, 0);
        long valueOffset = Rotation.cacheOffset(values, kvHead, 0) + 4L * layout.valueStart();
        Arrays.fill(dKeys, 0);
        Arrays.fill(dValues, 0);
        for (int token = 0; token < tokens; token++) {
            long at = keyOffset + 4L * token * size;
            MemorySegment.copy(sequence.keys().data(), Tensor.FLOAT, at, keys, token * sizePadded, size);
            for (int k = 0; k < size; k++) {
                keysTransposed[k * stride + token] = keys[token * sizePadded + k];
            }
            for (int k = 0; k < valueSize; k++) {
                valuesTransposed[k * stride + token] =
                        Lanes.scalar(values.data(), valueOffset + token * values.rowBytes() + 4L * k);
            }
        }
    }

    /** Arrays for so many tokens, zero where nothing is loaded. */
    private void resize(int count) {
        if (count == tokens) {
            return;
        }
        tokens = count;
        // A cache line more: rows whole pages apart would all fall into one set of the nearest cache.
        stride = SmallProduct.paddedColumns(count) + Lanes.COUNT;
        int elements = Math.multiplyExact(stride, sizePadded);
        int valueElements = Math.multiplyExact(stride, valuePadded);
        keys = new float[elements];
        keysTransposed = new float[elements];
        valuesTransposed = new float[valueElements];
        dKeys = new float[elements];
        dValues = new float[valueElements];
        weights = new float[Math.multiplyExact(QUERIES, stride)];
        dWeights = new float[QUERIES * stride];
    }

    private void block(Sequence sequence, int head, int first, int count) {
        int rows = SmallProduct.paddedRows(count);
        // Keys that some query of the block sees, from a whole strip to a whole strip.
        int start = (int) Math.max(0L, (long) first - call.window() + 1) / SmallProduct.COLUMNS * SmallProduct.COLUMNS;
        int visible = SmallProduct.paddedColumns(first + count) - start;
        long row = sequence.row() + (long) first;
        fetch(call.qkv(), row, layout.column(head), count, queries, size, sizePadded);
        fetch(backward.dOut(), row, (long) head * valueSize, count, dOut, valueSize, valuePadded);

        Grid q = Grid.of(queries, sizePadded);
        Grid o = Grid.of(dOut, valuePadded);
        Grid p = Grid.of(weights, stride);
        Grid s = Grid.of(dWeights, stride);
        clear(weights, rows, stride, visible);
        clear(dWeights, rows, stride, visible);
        SmallProduct.add(q, Grid.of(keysTransposed, stride).from(0, start), p, rows, size, visible);
        SmallProduct.add(o, Grid.of(valuesTransposed, stride).from(0, start), s, rows, valueSize, visible);
        softmax(head, first, start, count, visible);
        clear(dQueries, rows, sizePadded, sizePadded);
        int seen = first + count - start;
        SmallProduct.add(
                s, Grid.of(keys, sizePadded).from(start, 0), Grid.of(dQueries, sizePadded), rows, seen, sizePadded);
        SmallProduct.add(s.transposed(), q, Grid.of(dKeys, sizePadded).from(start, 0), visible, count, sizePadded);
        SmallProduct.add(p.transposed(), o, Grid.of(dValues, valuePadded).from(start, 0), visible, count, valuePadded);
        store(dQueries, size, sizePadded, row, count, layout.column(head));
    }

    private static void clear(float[] values, int rows, int stride, int columns) {
        for (int row = 0; row < rows; row++) {
            Arrays.fill(values, row * stride, row * stride + columns, 0);
        }
    }

    /** Rows of one head into a block; rows past {@code count} keep what they had, and reach nothing that is stored. */
    private static void fetch(Tensor from, long row, long column, int count, float[] block, int size, int padded) {
        for (int i = 0; i < count; i++) {
            long at = 4 * ((row + i) * from.columns() + column);
            MemorySegment.copy(from.data(), Tensor.FLOAT, at, block, i * padded, size);
        }
    }

    private void store(float[] gradient, int size, int padded, long row, int count, long column) {
        Tensor to = backward.dQkv();
        for (int i = 0; i < count; i++) {
            long at = 4 * ((row + i) * to.columns() + column);
            MemorySegment.copy(gradient, i * padded, to.data(), Tensor.FLOAT, at, size);
        }
    }

    /** Scores to probabilities, and gradients of probabilities to those of scores. */
    private void softmax(int head, int first, int start, int count, int visible) {
        for (int i = 0; i < count; i++) {
            int from = (int) Math.max(0L, (long) first + i - call.window() + 1) - start;
            int to = first + i + 1 - start;
            int at = i * stride;
            addBiases(head, start, at, to);
            Arrays.fill(weights, at, at + from, Float.NEGATIVE_INFINITY);
            Arrays.fill(weights, at + to, at + visible, Float.NEGATIVE_INFINITY);
            Arrays.fill(dWeights, at, at + from, 0);
            Arrays.fill(dWeights, at + to, at + visible, 0);
            softmaxRow(weights, dWeights, at, visible, call.scale(), call.sink(head));
        }
    }

    /** Biases of the keys from {@code start} on, divided by the scale that products are yet to be multiplied by. */
    private void addBiases(int head, int start, int at, int count) {
        Tensor biases = call.layer().biases();
        if (biases == null) {
            return;
        }
        long from = head * biases.rowBytes() + 4L * start;
        float inverse = 1 / call.scale();
        int body = count - count % Lanes.COUNT;
        for (int j = 0; j < body; j += Lanes.COUNT) {
            Lanes.floats(biases.data(), from + 4L * j)
                    .mul(inverse)
                    .add(FloatVector.fromArray(Lanes.F, weights, at + j))
                    .intoArray(weights, at + j);
        }
        for (int j = body; j < count; j++) {
            weights[at + j] += Lanes.scalar(biases.data(), from + 4L * j) * inverse;
        }
    }

    private static void softmaxRow(float[] weights, float[] dWeights, int at, int count, float scale, float sink) {
        float max = Math.max(sink, scaledMax(weights, at, count, scale));
        FloatVector total = FloatVector.zero(Lanes.F);
        FloatVector products = total;
        for (int j = at; j < at + count; j += Lanes.COUNT) {
            FloatVector weight =
                    Exponential.of(FloatVector.fromArray(Lanes.F, weights, j).sub(max));
            weight.intoArray(weights, j);
            total = total.add(weight);
            products = weight.fma(FloatVector.fromArray(Lanes.F, dWeights, j), products);
        }
        float inverse = 1 / (Lanes.sum(total) + Exponential.of(sink - max));
        float mean = Lanes.sum(products) * inverse;
        for (int j = at; j < at + count; j += Lanes.COUNT) {
            FloatVector weight = FloatVector.fromArray(Lanes.F, weights, j).mul(inverse);
            weight.intoArray(weights, j);
            FloatVector.fromArray(Lanes.F, dWeights, j)
                    .sub(mean)
                    .mul(weight)
                    .mul(scale)
                    .intoArray(dWeights, j);
        }
    }

    /** Multiplies by the scale in place; the largest product. */
    private static float scaledMax(float[] weights, int at, int count, float scale) {
        FloatVector largest = FloatVector.broadcast(Lanes.F, Float.NEGATIVE_INFINITY);
        for (int j = at; j < at + count; j += Lanes.COUNT) {
            FloatVector scaled = FloatVector.fromArray(Lanes.F, weights, j).mul(scale);
            scaled.intoArray(weights, j);
            largest = largest.max(scaled);
        }
        return largest.reduceLanes(VectorOperators.MAX); // exact in any order
    }
}
