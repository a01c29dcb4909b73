package corolla.kernels.cpu.vector;

import corolla.tensor.Activation;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One activation, forward and backward, over runs of elements in memory, some at a time through arrays that are whole
 * vectors: an element has the same bits wherever a run begins. Confined to one operation of one member.
 */
public final class Activations {
    private static final int BLOCK = 512;

    private static final float TANH = (float) Activation.TANH_FACTOR;
    private static final float TANH_CUBE = (float) (Activation.TANH_FACTOR * Activation.TANH_CUBIC);
    private static final float TANH_SLOPE = (float) (3 * Activation.TANH_FACTOR * Activation.TANH_CUBIC);

    /** 1 / √(2π). */
    private static final float DENSITY = (float) (1 / Math.sqrt(2 * Math.PI));

    private static final float TAIL_STEP = 0.3f;

    /**
     * Φ(−a) · exp(a²/2) for a ≥ 0 as a polynomial of t = 1 / (1 + 0.3 a), constant term first: least squares of the relative
     * error at 400 Chebyshev nodes up to a = 13.5, where Φ leaves the range of floats; the largest is 7e-8.
     */
    private static final float[] TAIL = {
        9.020275683724321e-06f,
        0.11945276707410812f,
        0.1221943348646164f,
        0.09351467341184616f,
        0.1455063670873642f,
        -0.08112598955631256f,
        0.232965350151062f,
        -0.17137226462364197f,
        0.03885577246546745f
    };

    private final Activation activation;
    private final float[] x = new float[BLOCK];
    private final float[] values = new float[BLOCK];
    private final float[] slopes = new float[BLOCK];

    public Activations(Activation activation) {
        this.activation = activation;
    }

    /** out = activation(gate) · up for {@code count} elements. */
    public void gate(MemorySegment gateUp, long gateAt, long upAt, MemorySegment out, long outAt, int count) {
        for (int from = 0; from < count; from += BLOCK) {
            int width = load(gateUp, gateAt + 4L * from, count - from);
            values(width);
            int body = width - width % Lanes.COUNT;
            for (int k = 0; k < body; k += Lanes.COUNT) {
                FloatVector.fromArray(Lanes.F, values, k)
                        .mul(Lanes.floats(gateUp, upAt + 4L * (from + k)))
                        .intoMemorySegment(out, outAt + 4L * (from + k), Lanes.LITTLE);
            }
            for (int k = body; k < width; k++) {
                float up = Lanes.scalar(gateUp, upAt + 4L * (from + k));
                out.set(Tensor.FLOAT, outAt + 4L * (from + k), values[k] * up);
            }
        }
    }

    /** Gates and ups become their gradients, {@code count} of each. */
    void gateBackward(MemorySegment gateUp, long gateAt, long upAt, MemorySegment dOut, long dOutAt, int count) {
        for (int from = 0; from < count; from += BLOCK) {
            int width = load(gateUp, gateAt + 4L * from, count - from);
            slopes(width);
            int body = width - width % Lanes.COUNT;
            for (int k = 0; k < body; k += Lanes.COUNT) {
                long at = 4L * (from + k);
                FloatVector gradient = Lanes.floats(dOut, dOutAt + at);
                gradient.mul(Lanes.floats(gateUp, upAt + at))
                        .mul(FloatVector.fromArray(Lanes.F, slopes, k))
                        .intoMemorySegment(gateUp, gateAt + at, Lanes.LITTLE);
                gradient.mul(FloatVector.fromArray(Lanes.F, values, k))
                        .intoMemorySegment(gateUp, upAt + at, Lanes.LITTLE);
            }
            for (int k = body; k < width; k++) {
                long at = 4L * (from + k);
                float gradient = Lanes.scalar(dOut, dOutAt + at);
                gateUp.set(Tensor.FLOAT, gateAt + at, gradient * Lanes.scalar(gateUp, upAt + at) * slopes[k]);
                gateUp.set(Tensor.FLOAT, upAt + at, gradient * values[k]);
            }
        }
    }

    /** out = activation(x) for {@code count} elements. */
    public void activate(MemorySegment in, long inAt, MemorySegment out, long outAt, int count) {
        for (int from = 0; from < count; from += BLOCK) {
            int width = load(in, inAt + 4L * from, count - from);
            values(width);
            MemorySegment.copy(values, 0, out, Tensor.FLOAT, outAt + 4L * from, width);
        }
    }

    /** {@code count} inputs become their gradients. */
    void activateBackward(MemorySegment in, long inAt, MemorySegment dOut, long dOutAt, int count) {
        for (int from = 0; from < count; from += BLOCK) {
            long at = 4L * from;
            int width = load(in, inAt + at, count - from);
            slopes(width);
            load(dOut, dOutAt + at, width);
            for (int k = 0; k < width; k += Lanes.COUNT) {
                FloatVector.fromArray(Lanes.F, x, k)
                        .mul(FloatVector.fromArray(Lanes.F, slopes, k))
                        .intoArray(x, k);
            }
            MemorySegment.copy(x, 0, in, Tensor.FLOAT, inAt + at, width);
        }
    }

    /** Elements past the last are any that were there: their results are not used. */
    private int load(MemorySegment from, long at, int count) {
        int width = Math.min(BLOCK, count);
        MemorySegment.copy(from, Tensor.FLOAT, at, x, 0, width);
        return width;
    }

    private void values(int count) {
        switch (activation) {
            case SILU -> {
                for (int k = 0; k < count; k += Lanes.COUNT) {
                    FloatVector v = FloatVector.fromArray(Lanes.F, x, k);
                    sigmoid(v).mul(v).intoArray(values, k);
                }
            }
            case GELU -> {
                for (int k = 0; k < count; k += Lanes.COUNT) {
                    FloatVector v = FloatVector.fromArray(Lanes.F, x, k);
                    normal(v, bell(v)).mul(v).intoArray(values, k);
                }
            }
            case GELU_TANH -> {
                for (int k = 0; k < count; k += Lanes.COUNT) {
                    FloatVector v = FloatVector.fromArray(Lanes.F, x, k);
                    sigmoid(cubic(v)).mul(v).intoArray(values, k);
                }
            }
        }
    }

    /** Values too. With value = x · c(x), the slope is c + x · c′; σ′ = σ · (1 − σ), Φ′ is the density. */
    private void slopes(int count) {
        switch (activation) {
            case SILU -> {
                for (int k = 0; k < count; k += Lanes.COUNT) {
                    FloatVector v = FloatVector.fromArray(Lanes.F, x, k);
                    FloatVector c = sigmoid(v);
                    FloatVector value = v.mul(c);
                    value.intoArray(values, k);
                    c.neg().add(1f).fma(value, c).intoArray(slopes, k);
                }
            }
            case GELU -> {
                for (int k = 0; k < count; k += Lanes.COUNT) {
                    FloatVector v = FloatVector.fromArray(Lanes.F, x, k);
                    FloatVector bell = bell(v);
                    FloatVector c = normal(v, bell);
                    c.mul(v).intoArray(values, k);
                    bell.mul(DENSITY).fma(v, c).intoArray(slopes, k);
                }
            }
            case GELU_TANH -> {
                for (int k = 0; k < count; k += Lanes.COUNT) {
                    FloatVector v = FloatVector.fromArray(Lanes.F, x, k);
                    FloatVector c = sigmoid(cubic(v));
                    FloatVector value = v.mul(c);
                    value.intoArray(values, k);
                    FloatVector inner = v.mul(v).mul(TANH_SLOPE).add(TANH);
                    c.neg().add(1f).mul(inner).fma(value, c).intoArray(slopes, k);
                }
            }
        }
    }

    private static FloatVector sigmoid(FloatVector v) {
        return FloatVector.broadcast(Lanes.F, 1f).div(Exponential.of(v.neg()).add(1f));
    }

    /** 2 · √(2/π) · (x + 0.044715 x³). */
    private static FloatVector cubic(FloatVector v) {
        return v.mul(v).mul(TANH_CUBE).add(TANH).mul(v);
    }

    private static FloatVector bell(FloatVector v) {
        return Exponential.of(v.mul(v).mul(-0.5f));
    }

    /** Φ, with bell = exp(−x²/2). */
    private static FloatVector normal(FloatVector v, FloatVector bell) {
        FloatVector t =
                FloatVector.broadcast(Lanes.F, 1f).div(v.abs().mul(TAIL_STEP).add(1f));
        FloatVector p = FloatVector.broadcast(Lanes.F, TAIL[8]);
        p = p.fma(t, FloatVector.broadcast(Lanes.F, TAIL[7]));
        p = p.fma(t, FloatVector.broadcast(Lanes.F, TAIL[6]));
        p = p.fma(t, FloatVector.broadcast(Lanes.F, TAIL[5]));
        p = p.fma(t, FloatVector.broadcast(Lanes.F, TAIL[4]));
        p = p.fma(t, FloatVector.broadcast(Lanes.F, TAIL[3]));
        p = p.fma(t, FloatVector.broadcast(Lanes.F, TAIL[2]));
        p = p.fma(t, FloatVector.broadcast(Lanes.F, TAIL[1]));
        p = p.fma(t, FloatVector.broadcast(Lanes.F, TAIL[0]));
        FloatVector tail = p.mul(bell);
        return tail.blend(tail.neg().add(1f), v.compare(VectorOperators.GE, 0f));
    }
}
