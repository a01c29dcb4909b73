package corolla.kernels.cpu.vector;

import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Backward rules of single rows, beside {@link Elementwise}. Offsets are bytes; vector bodies and scalar tails. */
final class ElementwiseBackward {
    private ElementwiseBackward() {}

    private static int body(int count) {
        return count - count % Lanes.COUNT;
    }

    /** dx += r · (dy ∘ w) − r³ · x · mean(x ∘ dy ∘ w), r = (mean(x²) + ε)^-½; x, dy and dx have the same offset. */
    static void rmsNorm(
            MemorySegment x,
            MemorySegment weight,
            float epsilon,
            MemorySegment dy,
            MemorySegment dx,
            long at,
            int count) {
        double inverse = 1 / Math.sqrt((double) squares(x, at, count) / count + epsilon);
        double along = inverse * inverse * inverse * products(x, weight, dy, at, count) / count;
        addNormGradient(x, weight, dy, dx, at, count, (float) inverse, (float) along);
    }

    /** The same for a gradient {@code d} of y that becomes that of x, in place. */
    static void rmsNormInPlace(
            MemorySegment x, MemorySegment weight, float epsilon, MemorySegment d, long at, int count) {
        double inverse = 1 / Math.sqrt((double) squares(x, at, count) / count + epsilon);
        float along = (float) (inverse * inverse * inverse * products(x, weight, d, at, count) / count);
        float factor = (float) inverse;
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            Lanes.floats(d, at + 4L * k)
                    .mul(Lanes.floats(weight, 4L * k))
                    .mul(factor)
                    .sub(Lanes.floats(x, at + 4L * k).mul(along))
                    .intoMemorySegment(d, at + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < count; k++) {
            float gradient = Lanes.scalar(d, at + 4L * k) * Lanes.scalar(weight, 4L * k) * factor;
            d.set(Tensor.FLOAT, at + 4L * k, gradient - Lanes.scalar(x, at + 4L * k) * along);
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

    private static float products(MemorySegment x, MemorySegment weight, MemorySegment dy, long at, int count) {
        FloatVector total = FloatVector.zero(Lanes.F);
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            FloatVector gradient = Lanes.floats(dy, at + 4L * k).mul(Lanes.floats(weight, 4L * k));
            total = gradient.fma(Lanes.floats(x, at + 4L * k), total);
        }
        float sum = Lanes.sum(total);
        for (int k = end; k < count; k++) {
            float gradient = Lanes.scalar(dy, at + 4L * k) * Lanes.scalar(weight, 4L * k);
            sum = Math.fma(gradient, Lanes.scalar(x, at + 4L * k), sum);
        }
        return sum;
    }

    private static void addNormGradient(
            MemorySegment x,
            MemorySegment weight,
            MemorySegment dy,
            MemorySegment dx,
            long at,
            int count,
            float inverse,
            float along) {
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            FloatVector gradient = Lanes.floats(dy, at + 4L * k)
                    .mul(Lanes.floats(weight, 4L * k))
                    .mul(inverse);
            gradient.sub(Lanes.floats(x, at + 4L * k).mul(along))
                    .add(Lanes.floats(dx, at + 4L * k))
                    .intoMemorySegment(dx, at + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < count; k++) {
            float gradient = Lanes.scalar(dy, at + 4L * k) * Lanes.scalar(weight, 4L * k) * inverse;
            float sum = gradient - Lanes.scalar(x, at + 4L * k) * along + Lanes.scalar(dx, at + 4L * k);
            dx.set(Tensor.FLOAT, at + 4L * k, sum);
        }
    }

    /** Logits of a row without a target become zeros; its loss. */
    static float noTarget(MemorySegment logits, long at, long bytes) {
        logits.asSlice(at, bytes).fill((byte) 0);
        return 0;
    }

    /** A row of logits becomes scale · (softmax − onehot(target)); returns -log softmax[target]. */
    static float crossEntropy(MemorySegment logits, long at, int count, int target, float scale) {
        float wanted = Lanes.scalar(logits, at + 4L * target);
        float max = max(logits, at, count);
        double sum = exponentials(logits, at, count, max);
        Elementwise.scale((float) (scale / sum), logits, at, count);
        long targetAt = at + 4L * target;
        logits.set(Tensor.FLOAT, targetAt, Lanes.scalar(logits, targetAt) - scale);
        return (float) (Math.log(sum) + max - wanted);
    }

    private static float max(MemorySegment x, long at, int count) {
        FloatVector largest = FloatVector.broadcast(Lanes.F, Float.NEGATIVE_INFINITY);
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            largest = largest.max(Lanes.floats(x, at + 4L * k));
        }
        float max = largest.reduceLanes(VectorOperators.MAX); // exact in any order
        for (int k = end; k < count; k++) {
            max = Math.max(max, Lanes.scalar(x, at + 4L * k));
        }
        return max;
    }

    private static float exponentials(MemorySegment x, long at, int count, float max) {
        FloatVector total = FloatVector.zero(Lanes.F);
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            FloatVector e = Exponential.of(Lanes.floats(x, at + 4L * k).sub(max));
            e.intoMemorySegment(x, at + 4L * k, Lanes.LITTLE);
            total = total.add(e);
        }
        float sum = Lanes.sum(total);
        for (int k = end; k < count; k++) {
            float e = Exponential.of(Lanes.scalar(x, at + 4L * k) - max);
            x.set(Tensor.FLOAT, at + 4L * k, e);
            sum += e;
        }
        return sum;
    }
}
