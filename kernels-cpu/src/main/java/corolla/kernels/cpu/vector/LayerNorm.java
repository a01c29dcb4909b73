package corolla.kernels.cpu.vector;

import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Layer norm of single rows, forward and backward. Offsets are bytes; vector bodies and scalar tails. */
public final class LayerNorm {
    private LayerNorm() {}

    /** y = (x − mean) · r ∘ w + b with r = (variance + ε)^-½. */
    public static void forward(
            MemorySegment x,
            MemorySegment weight,
            MemorySegment bias,
            float epsilon,
            MemorySegment y,
            long at,
            int count) {
        float mean = mean(x, at, count);
        float inverse = (float) (1 / Math.sqrt((double) squares(x, at, count, mean) / count + epsilon));
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            Lanes.floats(x, at + 4L * k)
                    .sub(mean)
                    .mul(inverse)
                    .fma(Lanes.floats(weight, 4L * k), Lanes.floats(bias, 4L * k))
                    .intoMemorySegment(y, at + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < count; k++) {
            float value = (Lanes.scalar(x, at + 4L * k) - mean) * inverse;
            y.set(Tensor.FLOAT, at + 4L * k, Math.fma(value, Lanes.scalar(weight, 4L * k), Lanes.scalar(bias, 4L * k)));
        }
    }

    /** dx += r · (g − mean(g) − x̂ · mean(g ∘ x̂)) with g = dy ∘ w, x̂ = r · (x − mean); x, dy and dx have the same offset. */
    static void backward(
            MemorySegment x,
            MemorySegment weight,
            float epsilon,
            MemorySegment dy,
            MemorySegment dx,
            long at,
            int count) {
        float mean = mean(x, at, count);
        double inverse = 1 / Math.sqrt((double) squares(x, at, count, mean) / count + epsilon);
        double along = inverse * inverse * products(x, mean, weight, dy, at, count) / count;
        float gradientMean = gradients(weight, dy, at, count) / count;
        addGradient(x, mean, weight, dy, gradientMean, (float) inverse, (float) along, dx, at, count);
    }

    private static void addGradient(
            MemorySegment x,
            float mean,
            MemorySegment weight,
            MemorySegment dy,
            float gradientMean,
            float inverse,
            float along,
            MemorySegment dx,
            long at,
            int count) {
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            Lanes.floats(dy, at + 4L * k)
                    .mul(Lanes.floats(weight, 4L * k))
                    .sub(gradientMean)
                    .sub(Lanes.floats(x, at + 4L * k).sub(mean).mul(along))
                    .mul(inverse)
                    .add(Lanes.floats(dx, at + 4L * k))
                    .intoMemorySegment(dx, at + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < count; k++) {
            float gradient = Lanes.scalar(dy, at + 4L * k) * Lanes.scalar(weight, 4L * k) - gradientMean;
            float rest = gradient - (Lanes.scalar(x, at + 4L * k) - mean) * along;
            dx.set(Tensor.FLOAT, at + 4L * k, rest * inverse + Lanes.scalar(dx, at + 4L * k));
        }
    }

    private static int body(int count) {
        return count - count % Lanes.COUNT;
    }

    private static float mean(MemorySegment x, long at, int count) {
        FloatVector total = FloatVector.zero(Lanes.F);
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            total = total.add(Lanes.floats(x, at + 4L * k));
        }
        float sum = Lanes.sum(total);
        for (int k = end; k < count; k++) {
            sum += Lanes.scalar(x, at + 4L * k);
        }
        return sum / count;
    }

    private static float squares(MemorySegment x, long at, int count, float mean) {
        FloatVector total = FloatVector.zero(Lanes.F);
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            FloatVector v = Lanes.floats(x, at + 4L * k).sub(mean);
            total = v.fma(v, total);
        }
        float sum = Lanes.sum(total);
        for (int k = end; k < count; k++) {
            float v = Lanes.scalar(x, at + 4L * k) - mean;
            sum = Math.fma(v, v, sum);
        }
        return sum;
    }

    private static float gradients(MemorySegment weight, MemorySegment dy, long at, int count) {
        FloatVector total = FloatVector.zero(Lanes.F);
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            total = Lanes.floats(dy, at + 4L * k).fma(Lanes.floats(weight, 4L * k), total);
        }
        float sum = Lanes.sum(total);
        for (int k = end; k < count; k++) {
            sum = Math.fma(Lanes.scalar(dy, at + 4L * k), Lanes.scalar(weight, 4L * k), sum);
        }
        return sum;
    }

    private static float products(
            MemorySegment x, float mean, MemorySegment weight, MemorySegment dy, long at, int count) {
        FloatVector total = FloatVector.zero(Lanes.F);
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            FloatVector gradient = Lanes.floats(dy, at + 4L * k).mul(Lanes.floats(weight, 4L * k));
            total = gradient.fma(Lanes.floats(x, at + 4L * k).sub(mean), total);
        }
        float sum = Lanes.sum(total);
        for (int k = end; k < count; k++) {
            float gradient = Lanes.scalar(dy, at + 4L * k) * Lanes.scalar(weight, 4L * k);
            sum = Math.fma(gradient, Lanes.scalar(x, at + 4L * k) - mean, sum);
        }
        return sum;
    }
}
