package corolla.kernels.cpu.vector;

import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Operations on single rows. Offsets are bytes; loops have a vector body and a scalar tail at the end of the row. */
public final class Elementwise {
    private Elementwise() {}

    private static int body(int count) {
        return count - count % Lanes.COUNT;
    }

    public static void add(MemorySegment x, long xAt, MemorySegment y, long yAt, int count) {
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            Lanes.floats(y, yAt + 4L * k)
                    .add(Lanes.floats(x, xAt + 4L * k))
                    .intoMemorySegment(y, yAt + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < count; k++) {
            y.set(Tensor.FLOAT, yAt + 4L * k, Lanes.scalar(y, yAt + 4L * k) + Lanes.scalar(x, xAt + 4L * k));
        }
    }

    /** y += {@code sums[from ...]}. */
    public static void add(float[] sums, int from, MemorySegment y, long at, int count) {
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            Lanes.floats(y, at + 4L * k)
                    .add(FloatVector.fromArray(Lanes.F, sums, from + k))
                    .intoMemorySegment(y, at + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < count; k++) {
            y.set(Tensor.FLOAT, at + 4L * k, Lanes.scalar(y, at + 4L * k) + sums[from + k]);
        }
    }

    /** y += factor · {@code x[from ...]}. */
    public static void addScaled(float factor, float[] x, int from, MemorySegment y, long at, int count) {
        FloatVector f = FloatVector.broadcast(Lanes.F, factor);
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            FloatVector.fromArray(Lanes.F, x, from + k)
                    .fma(f, Lanes.floats(y, at + 4L * k))
                    .intoMemorySegment(y, at + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < count; k++) {
            y.set(Tensor.FLOAT, at + 4L * k, Math.fma(factor, x[from + k], Lanes.scalar(y, at + 4L * k)));
        }
    }

    /** x = factor · x. */
    public static void scale(float factor, MemorySegment x, long at, int count) {
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            Lanes.floats(x, at + 4L * k).mul(factor).intoMemorySegment(x, at + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < count; k++) {
            x.set(Tensor.FLOAT, at + 4L * k, Lanes.scalar(x, at + 4L * k) * factor);
        }
    }

    public static void rmsNorm(
            MemorySegment x, long xAt, MemorySegment weight, float epsilon, MemorySegment y, long yAt, int count) {
        float inverse = (float) (1 / Math.sqrt((double) squares(x, xAt, count) / count + epsilon));
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            Lanes.floats(x, xAt + 4L * k)
                    .mul(inverse)
                    .mul(Lanes.floats(weight, 4L * k))
                    .intoMemorySegment(y, yAt + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < count; k++) {
            y.set(Tensor.FLOAT, yAt + 4L * k, Lanes.scalar(x, xAt + 4L * k) * inverse * Lanes.scalar(weight, 4L * k));
        }
    }

    /** y += norm(x); x and y have the same offset. */
    public static void rmsNormAdd(
            MemorySegment x, long at, MemorySegment weight, float epsilon, MemorySegment y, int count) {
        float inverse = (float) (1 / Math.sqrt((double) squares(x, at, count) / count + epsilon));
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            Lanes.floats(x, at + 4L * k)
                    .mul(inverse)
                    .mul(Lanes.floats(weight, 4L * k))
                    .add(Lanes.floats(y, at + 4L * k))
                    .intoMemorySegment(y, at + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < count; k++) {
            float value = Lanes.scalar(x, at + 4L * k) * inverse * Lanes.scalar(weight, 4L * k);
            y.set(Tensor.FLOAT, at + 4L * k, value + Lanes.scalar(y, at + 4L * k));
        }
    }

    private static float squares(MemorySegment x, long at, int count) {
        FloatVector total = FloatVector.zero(Lanes.F);
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            FloatVector v = Lanes.floats(x, at + 4L * k);
            total = v.fma(v, total);
        }
        float sum = Lanes.sum(total);
        for (int k = end; k < count; k++) {
            float v = Lanes.scalar(x, at + 4L * k);
            sum = Math.fma(v, v, sum);
        }
        return sum;
    }

    /** silu(gate) · up for elements {@code [from, to)} of a row of {@code count} gates and as many ups; from is a multiple of the lanes. */
    public static void swiglu(
            MemorySegment gateUp, long at, int count, int from, int to, MemorySegment out, long outAt) {
        long upAt = at + 4L * count;
        int end = from + body(to - from);
        for (int k = from; k < end; k += Lanes.COUNT) {
            FloatVector gate = Lanes.floats(gateUp, at + 4L * k);
            gate.div(Exponential.of(gate.neg()).add(1f))
                    .mul(Lanes.floats(gateUp, upAt + 4L * k))
                    .intoMemorySegment(out, outAt + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < to; k++) {
            float gate = Lanes.scalar(gateUp, at + 4L * k);
            float silu = gate / (Exponential.of(-gate) + 1f);
            out.set(Tensor.FLOAT, outAt + 4L * k, silu * Lanes.scalar(gateUp, upAt + 4L * k));
        }
    }

    /** Index of the first largest of {@code count} floats; NaN is never the largest. */
    public static int argmax(MemorySegment x, int count) {
        int best = 0;
        float largest = Float.NEGATIVE_INFINITY;
        int blockSize = 16 * Lanes.COUNT;
        for (int from = 0; from < count; from += blockSize) {
            int to = Math.min(count, from + blockSize);
            if (to - from < blockSize || exceeds(x, from, to, largest)) {
                for (int k = from; k < to; k++) {
                    float value = Lanes.scalar(x, 4L * k);
                    if (value > largest) {
                        largest = value;
                        best = k;
                    }
                }
            }
        }
        return best;
    }

    private static boolean exceeds(MemorySegment x, int from, int to, float bound) {
        FloatVector largest = Lanes.floats(x, 4L * from);
        for (int k = from + Lanes.COUNT; k < to; k += Lanes.COUNT) {
            FloatVector next = Lanes.floats(x, 4L * k);
            largest = largest.blend(next, next.compare(VectorOperators.GT, largest));
        }
        // Not "all lanes at most": a NaN in the first vector must not hide what follows.
        return !largest.compare(VectorOperators.LE, bound).allTrue();
    }

    /** Exclusive or of all ints in {@code [from, to)}: touches every byte; both are multiples of 4. */
    public static int exclusiveOr(MemorySegment data, long from, long to) {
        IntVector a = IntVector.zero(Lanes.I);
        IntVector b = a;
        IntVector c = a;
        IntVector d = a;
        long at = from;
        for (; at <= to - 4L * Lanes.BYTES; at += 4L * Lanes.BYTES) {
            a = a.lanewise(VectorOperators.XOR, Lanes.ints(data, at));
            b = b.lanewise(VectorOperators.XOR, Lanes.ints(data, at + Lanes.BYTES));
            c = c.lanewise(VectorOperators.XOR, Lanes.ints(data, at + 2L * Lanes.BYTES));
            d = d.lanewise(VectorOperators.XOR, Lanes.ints(data, at + 3L * Lanes.BYTES));
        }
        IntVector all =
                a.lanewise(VectorOperators.XOR, b).lanewise(VectorOperators.XOR, c.lanewise(VectorOperators.XOR, d));
        int result = all.reduceLanes(VectorOperators.XOR);
        for (; at < to; at += 4) {
            result ^= data.get(ValueLayout.JAVA_INT_UNALIGNED, at);
        }
        return result;
    }
}
