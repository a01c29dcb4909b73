package corolla.kernels.cpu.vector;

import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.AttentionHeads;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Softmax attention of one row: up to four query heads that share a key/value head read the cache together. A query's
 * scores are one vector in scratch, never a square; its result is the same chain of operations whatever else is computed.
 */
public final class Attention {
    /** Query heads a pass: four sums and a key fit in registers. */
    static final int HEADS = 4;

    private Attention() {}

    /** How many floats of scratch {@link #heads} needs. */
    public static int scratchSize(AttentionCall call, Sequence sequence, int token) {
        return HEADS
                * (stride(visible(call, sequence, token)) + padded(call.layout().keySize()));
    }

    private static int visible(AttentionCall call, Sequence sequence, int token) {
        return (int) Math.min((long) sequence.position() + token + 1, call.window());
    }

    /** Scores of a head, padded to whole vectors. */
    private static int stride(int visible) {
        return padded(visible);
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
        int size = layout.keySize();
        int visible = visible(call, sequence, token);
        int start = sequence.position() + token + 1 - visible;
        int stride = stride(visible);
        int queries = HEADS * stride;
        int querySize = padded(size);
        long row = sequence.row() + (long) token;
        long queryAt = 4 * (row * call.qkv().columns() + (long) head * size);
        for (int i = 0; i < HEADS; i++) { // a tile of fewer heads repeats its last one, and ignores it
            long source = queryAt + 4L * Math.min(i, count - 1) * size;
            scaled(call.qkv().data(), source, size, call.scale(), scratch, queries + i * querySize, querySize);
        }
        int kvHead = layout.keyValueOf(head);
        MemorySegment keys = sequence.keys().data();
        long keysAt = Rotation.cacheOffset(sequence.keys(), kvHead, start);
        if (size % Lanes.COUNT == 0) {
            scores(keys, keysAt, visible, size, scratch, queries, stride);
        } else {
            scoresOdd(keys, keysAt, visible, size, querySize, scratch, queries, stride);
        }
        Tensor values = sequence.values();
        long valuesAt = Rotation.cacheOffset(values, kvHead, start) + 4L * layout.valueStart();
        int valueSize = layout.valueSize();
        Tensor biases = call.layer().biases();
        for (int i = 0; i < count; i++) {
            if (biases != null) {
                long biasAt = (head + i) * biases.rowBytes() + 4L * start;
                addBiases(biases.data(), biasAt, scratch, i * stride, visible);
            }
            float sum = softmax(scratch, i * stride, visible, stride, call.sink(head + i));
            long outAt = 4 * (row * call.out().columns() + (long) (head + i) * valueSize);
            combine(
                    values.data(),
                    valuesAt,
                    values.rowBytes(),
                    visible,
                    valueSize,
                    scratch,
                    i * stride,
                    1 / sum,
                    call.out().data(),
                    outAt);
        }
    }

    /** Adds biases of keys one after another to their scores. */
    private static void addBiases(MemorySegment biases, long biasAt, float[] scores, int at, int count) {
        int body = count - count % Lanes.COUNT;
        for (int j = 0; j < body; j += Lanes.COUNT) {
            FloatVector.fromArray(Lanes.F, scores, at + j)
                    .add(Lanes.floats(biases, biasAt + 4L * j))
                    .intoArray(scores, at + j);
        }
        for (int j = body; j < count; j++) {
            scores[at + j] += Lanes.scalar(biases, biasAt + 4L * j);
        }
    }

    private static void scaled(MemorySegment q, long at, int size, float scale, float[] scratch, int to, int padded) {
        MemorySegment.copy(q, Tensor.FLOAT, at, scratch, to, size);
        for (int k = 0; k < size; k++) {
            scratch[to + k] *= scale;
        }
        Arrays.fill(scratch, to + size, to + padded, 0);
    }

    private static void scores(
            MemorySegment keys, long at, int count, int size, float[] scratch, int queries, int stride) {
        for (int j = 0; j < count; j++) {
            score(keys, at + 4L * j * size, size, scratch, queries, j, stride);
        }
    }

    private static void score(
            MemorySegment keys, long key, int size, float[] scratch, int queries, int to, int stride) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (int k = 0; k < size; k += Lanes.COUNT) {
            FloatVector v = Lanes.floats(keys, key + 4L * k);
            a = FloatVector.fromArray(Lanes.F, scratch, queries + k).fma(v, a);
            b = FloatVector.fromArray(Lanes.F, scratch, queries + size + k).fma(v, b);
            c = FloatVector.fromArray(Lanes.F, scratch, queries + 2 * size + k).fma(v, c);
            d = FloatVector.fromArray(Lanes.F, scratch, queries + 3 * size + k).fma(v, d);
        }
        scratch[to] = Lanes.sum(a);
        scratch[to + stride] = Lanes.sum(b);
        scratch[to + 2 * stride] = Lanes.sum(c);
        scratch[to + 3 * stride] = Lanes.sum(d);
    }

    /** Head sizes that are no whole number of vectors: rare, so plain. */
    private static void scoresOdd(
            MemorySegment keys, long at, int count, int size, int querySize, float[] scratch, int queries, int stride) {
        for (int i = 0; i < HEADS; i++) {
            for (int j = 0; j < count; j++) {
                float sum = 0;
                for (int k = 0; k < size; k++) {
                    sum = Math.fma(
                            scratch[queries + i * querySize + k],
                            Lanes.scalar(keys, at + 4 * ((long) j * size + k)),
                            sum);
                }
                scratch[i * stride + j] = sum;
            }
        }
    }

    /** Turns scores into weights before division by their sum, which it returns, the sink's weight included. */
    private static float softmax(float[] scores, int at, int count, int stride, float sink) {
        Arrays.fill(scores, at + count, at + stride, Float.NEGATIVE_INFINITY);
        float max = sink;
        for (int j = at; j < at + count; j++) {
            max = Math.max(max, scores[j]);
        }
        FloatVector total = FloatVector.zero(Lanes.F);
        for (int j = at; j < at + stride; j += Lanes.COUNT) {
            FloatVector weight =
                    Exponential.of(FloatVector.fromArray(Lanes.F, scores, j).sub(max));
            weight.intoArray(scores, j);
            total = total.add(weight);
        }
        return Lanes.sum(total) + Exponential.of(sink - max);
    }

    private static void combine(
            MemorySegment values,
            long at,
            long rowBytes,
            int count,
            int size,
            float[] scratch,
            int weights,
            float factor,
            MemorySegment out,
            long outAt) {
        int k = 0;
        for (; k + 4 * Lanes.COUNT <= size; k += 4 * Lanes.COUNT) {
            combineFour(values, at + 4L * k, count, rowBytes, scratch, weights, factor, out, outAt + 4L * k);
        }
        for (; k + Lanes.COUNT <= size; k += Lanes.COUNT) {
            combineOne(values, at + 4L * k, count, rowBytes, scratch, weights, factor, out, outAt + 4L * k);
        }
        for (; k < size; k++) {
            float sum = 0;
            for (int j = 0; j < count; j++) {
                sum = Math.fma(scratch[weights + j], Lanes.scalar(values, at + j * rowBytes + 4L * k), sum);
            }
            out.set(Tensor.FLOAT, outAt + 4L * k, sum * factor);
        }
    }

    private static void combineFour(
            MemorySegment values,
            long at,
            int count,
            long rowBytes,
            float[] scratch,
            int weights,
            float factor,
            MemorySegment out,
            long outAt) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (int j = 0; j < count; j++) {
            FloatVector weight = FloatVector.broadcast(Lanes.F, scratch[weights + j]);
            long value = at + j * rowBytes;
            a = Lanes.floats(values, value).fma(weight, a);
            b = Lanes.floats(values, value + Lanes.BYTES).fma(weight, b);
            c = Lanes.floats(values, value + 2L * Lanes.BYTES).fma(weight, c);
            d = Lanes.floats(values, value + 3L * Lanes.BYTES).fma(weight, d);
        }
        a.mul(factor).intoMemorySegment(out, outAt, Lanes.LITTLE);
        b.mul(factor).intoMemorySegment(out, outAt + Lanes.BYTES, Lanes.LITTLE);
        c.mul(factor).intoMemorySegment(out, outAt + 2L * Lanes.BYTES, Lanes.LITTLE);
        d.mul(factor).intoMemorySegment(out, outAt + 3L * Lanes.BYTES, Lanes.LITTLE);
    }

    private static void combineOne(
            MemorySegment values,
            long at,
            int count,
            long rowBytes,
            float[] scratch,
            int weights,
            float factor,
            MemorySegment out,
            long outAt) {
        FloatVector a = FloatVector.zero(Lanes.F);
        for (int j = 0; j < count; j++) {
            a = Lanes.floats(values, at + j * rowBytes).fma(FloatVector.broadcast(Lanes.F, scratch[weights + j]), a);
        }
        a.mul(factor).intoMemorySegment(out, outAt, Lanes.LITTLE);
    }
}
