package corolla.kernels.cpu.vector;

import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.AttentionHeads;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Softmax attention of one row: up to four query heads that share a key/value head read the cache together. A query's scores are never a
 * square: scratch has those of four heads, key after key (key, {@link #HEADS}); then the queries, then {@link HeadScores}' own. A
 * result is the same chain of operations whatever else is computed.
 */
public final class Attention {
    /** Query heads a pass: two keys' sums of each and the keys fit in registers. */
    static final int HEADS = 4;

    private Attention() {}

    /** How many floats of scratch {@link #heads} needs. */
    public static int scratchSize(AttentionCall call, Sequence sequence, int token) {
        int scores = padded(visible(call, sequence, token));
        return HEADS * (scores + padded(call.layout().keySize())) + 2 * Lanes.COUNT;
    }

    private static int visible(AttentionCall call, Sequence sequence, int token) {
        return (int) Math.min((long) sequence.position() + token + 1, call.window());
    }

    private static int padded(int count) {
        return (count + Lanes.COUNT - 1) / Lanes.COUNT * Lanes.COUNT;
    }

    /** Heads {@code [from, to)} of one row. */
    public static void heads(AttentionCall call, Sequence sequence, int token, int from, int to, float[] scratch) {
        int group = call.heads() / call.kvHeads();
        int head = from;
        while (head < to) {
            int end = Math.min(Math.min(to, head + HEADS), (head / group + 1) * group);
            tile(call, sequence, token, head, end - head, scratch);
            head = end;
        }
    }

    private static void tile(AttentionCall call, Sequence sequence, int token, int head, int count, float[] scratch) {
        AttentionHeads layout = call.layout();
        int visible = visible(call, sequence, token);
        int start = sequence.position() + token + 1 - visible;
        int stride = padded(visible);
        int queries = HEADS * stride;
        int sums = queries + HEADS * padded(layout.keySize());
        queries(call, sequence.row() + (long) token, head, count, scratch, queries);
        int kvHead = layout.keyValueOf(head);
        long keysAt = Rotation.cacheOffset(sequence.keys(), kvHead, start);
        scores(sequence.keys().data(), keysAt, visible, layout.keySize(), scratch, queries);
        Tensor biases = call.layer().biases();
        for (int i = 0; i < HEADS; i++) {
            int own = head + Math.min(i, count - 1);
            if (biases != null) {
                addBiases(biases.data(), own * biases.rowBytes() + 4L * start, scratch, i, visible);
            }
            for (int lane = i; lane < Lanes.COUNT; lane += HEADS) {
                scratch[sums + lane] = call.sink(own);
            }
        }
        HeadScores.softmax(scratch, visible, stride, sums);
        Tensor values = sequence.values();
        long valuesAt = Rotation.cacheOffset(values, kvHead, start) + 4L * layout.valueStart();
        int valueSize = layout.valueSize();
        long outAt = 4 * ((sequence.row() + (long) token) * call.out().columns() + (long) head * valueSize);
        HeadValues.combine(
                values, valuesAt, visible, valueSize, scratch, sums, call.out().data(), outAt, count);
    }

    /** Scaled and padded with zeros; a tile of fewer heads repeats its last one, and ignores it. */
    private static void queries(AttentionCall call, long row, int head, int count, float[] scratch, int queries) {
        int size = call.layout().keySize();
        int padded = padded(size);
        long first = 4 * (row * call.qkv().columns() + (long) head * size);
        for (int i = 0; i < HEADS; i++) {
            int to = queries + i * padded;
            long source = first + 4L * Math.min(i, count - 1) * size;
            MemorySegment.copy(call.qkv().data(), Tensor.FLOAT, source, scratch, to, size);
            for (int k = 0; k < size; k++) {
                scratch[to + k] *= call.scale();
            }
            Arrays.fill(scratch, to + size, to + padded, 0);
        }
    }

    /** Adds biases of keys one after another to the scores of head {@code i}. */
    private static void addBiases(MemorySegment biases, long biasAt, float[] scores, int i, int count) {
        for (int j = 0; j < count; j++) {
            scores[HEADS * j + i] += Lanes.scalar(biases, biasAt + 4L * j);
        }
    }

    private static void scores(MemorySegment keys, long at, int count, int size, float[] scratch, int queries) {
        if (size % Lanes.COUNT != 0) {
            scoresOdd(keys, at, count, size, scratch, queries);
            return;
        }
        long step = 4L * size;
        int even = count - count % 2;
        for (int j = 0; j < even; j += 2) {
            HeadScores.two(keys, at + j * step, at + (j + 1) * step, size, scratch, queries, HEADS * j);
        }
        if (even < count) {
            HeadScores.one(keys, at + even * step, size, scratch, queries, HEADS * even);
        }
    }

    /** Head sizes that are no whole number of vectors: rare, so plain. */
    private static void scoresOdd(MemorySegment keys, long at, int count, int size, float[] scratch, int queries) {
        int padded = padded(size);
        for (int i = 0; i < HEADS; i++) {
            for (int j = 0; j < count; j++) {
                float sum = 0;
                for (int k = 0; k < size; k++) {
                    float key = Lanes.scalar(keys, at + 4 * ((long) j * size + k));
                    sum = Math.fma(scratch[queries + i * padded + k], key, sum);
                }
                scratch[HEADS * j + i] = sum;
            }
        }
    }
}
