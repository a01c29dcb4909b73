package corolla.kernels.cpu.vector;

import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Values of one key/value head summed with the weights of four query heads, which {@link HeadScores} left. */
final class HeadValues {
    private static final int HEADS = Attention.HEADS;

    private HeadValues() {}

    /**
     * Writes the first {@code heads} results, {@code size} floats each, one behind the other.
     *
     * @param x weights (count, HEADS)
     * @param sums where their sums lie in {@code x}
     */
    static void combine(
            Tensor values,
            long at,
            int count,
            int size,
            float[] x,
            int sums,
            MemorySegment out,
            long outAt,
            int heads) {
        MemorySegment data = values.data();
        long row = values.rowBytes();
        long head = 4L * size;
        int k = 0;
        for (; k + 2 * Lanes.COUNT <= size; k += 2 * Lanes.COUNT) {
            two(data, at + 4L * k, row, count, x, sums, out, outAt + 4L * k, head, heads);
        }
        for (; k + Lanes.COUNT <= size; k += Lanes.COUNT) {
            one(data, at + 4L * k, row, count, x, sums, out, outAt + 4L * k, head, heads);
        }
        for (; k < size; k++) {
            for (int i = 0; i < heads; i++) {
                float sum = 0;
                for (int j = 0; j < count; j++) {
                    sum = Math.fma(x[HEADS * j + i], Lanes.scalar(data, at + j * row + 4L * k), sum);
                }
                out.set(Tensor.FLOAT, outAt + i * head + 4L * k, sum * (1 / x[sums + i]));
            }
        }
    }

    private static void two(
            MemorySegment values,
            long at,
            long row,
            int count,
            float[] x,
            int sums,
            MemorySegment out,
            long outAt,
            long head,
            int heads) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        for (int j = 0; j < count; j++) {
            long value = at + j * row;
            FloatVector v = FloatVector.fromMemorySegment(Lanes.F, values, value, Lanes.LITTLE);
            FloatVector w = FloatVector.fromMemorySegment(Lanes.F, values, value + Lanes.BYTES, Lanes.LITTLE);
            FloatVector weight = FloatVector.broadcast(Lanes.F, x[HEADS * j]);
            a = v.fma(weight, a);
            e = w.fma(weight, e);
            weight = FloatVector.broadcast(Lanes.F, x[HEADS * j + 1]);
            b = v.fma(weight, b);
            f = w.fma(weight, f);
            weight = FloatVector.broadcast(Lanes.F, x[HEADS * j + 2]);
            c = v.fma(weight, c);
            g = w.fma(weight, g);
            weight = FloatVector.broadcast(Lanes.F, x[HEADS * j + 3]);
            d = v.fma(weight, d);
            h = w.fma(weight, h);
        }
        store(a, b, c, d, x, sums, out, outAt, head, heads);
        store(e, f, g, h, x, sums, out, outAt + Lanes.BYTES, head, heads);
    }

    private static void one(
            MemorySegment values,
            long at,
            long row,
            int count,
            float[] x,
            int sums,
            MemorySegment out,
            long outAt,
            long head,
            int heads) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (int j = 0; j < count; j++) {
            FloatVector v = FloatVector.fromMemorySegment(Lanes.F, values, at + j * row, Lanes.LITTLE);
            a = v.fma(FloatVector.broadcast(Lanes.F, x[HEADS * j]), a);
            b = v.fma(FloatVector.broadcast(Lanes.F, x[HEADS * j + 1]), b);
            c = v.fma(FloatVector.broadcast(Lanes.F, x[HEADS * j + 2]), c);
            d = v.fma(FloatVector.broadcast(Lanes.F, x[HEADS * j + 3]), d);
        }
        store(a, b, c, d, x, sums, out, outAt, head, heads);
    }

    private static void store(
            FloatVector a,
            FloatVector b,
            FloatVector c,
            FloatVector d,
            float[] x,
            int sums,
            MemorySegment out,
            long at,
            long head,
            int heads) {
        a.mul(1 / x[sums]).intoMemorySegment(out, at, Lanes.LITTLE);
        if (heads > 1) {
            b.mul(1 / x[sums + 1]).intoMemorySegment(out, at + head, Lanes.LITTLE);
        }
        if (heads > 2) {
            c.mul(1 / x[sums + 2]).intoMemorySegment(out, at + 2 * head, Lanes.LITTLE);
        }
        if (heads > 3) {
            d.mul(1 / x[sums + 3]).intoMemorySegment(out, at + 3 * head, Lanes.LITTLE);
        }
    }
}
