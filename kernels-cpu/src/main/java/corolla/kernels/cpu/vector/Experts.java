package corolla.kernels.cpu.vector;

import corolla.tensor.ClampedSwiglu;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Operations of mixtures of experts on single rows. Offsets are bytes; vector bodies and scalar tails. */
public final class Experts {
    private Experts() {}

    private static int body(int count) {
        return count - count % Lanes.COUNT;
    }

    /** y += factor · x. */
    public static void addScaled(float factor, MemorySegment x, long xAt, MemorySegment y, long yAt, int count) {
        FloatVector f = FloatVector.broadcast(Lanes.F, factor);
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            Lanes.floats(x, xAt + 4L * k)
                    .fma(f, Lanes.floats(y, yAt + 4L * k))
                    .intoMemorySegment(y, yAt + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < count; k++) {
            float sum = Math.fma(factor, Lanes.scalar(x, xAt + 4L * k), Lanes.scalar(y, yAt + 4L * k));
            y.set(Tensor.FLOAT, yAt + 4L * k, sum);
        }
    }

    /** x = factor · x. */
    public static void scale(float factor, MemorySegment x, long at, int count) {
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            Lanes.floats(x, at + 4L * k).mul(factor).intoMemorySegment(x, at + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < count; k++) {
            x.set(Tensor.FLOAT, at + 4L * k, factor * Lanes.scalar(x, at + 4L * k));
        }
    }

    public static float dot(MemorySegment a, long aAt, MemorySegment b, long bAt, int count) {
        FloatVector total = FloatVector.zero(Lanes.F);
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            total = Lanes.floats(a, aAt + 4L * k).fma(Lanes.floats(b, bAt + 4L * k), total);
        }
        float sum = Lanes.sum(total);
        for (int k = end; k < count; k++) {
            sum = Math.fma(Lanes.scalar(a, aAt + 4L * k), Lanes.scalar(b, bAt + 4L * k), sum);
        }
        return sum;
    }

    /** Elements {@code [from, to)} of a row of {@code count} gates and as many ups; from is a multiple of the lanes. */
    public static void clampedSwiglu(
            ClampedSwiglu swiglu,
            MemorySegment gateUp,
            long at,
            int count,
            int from,
            int to,
            MemorySegment out,
            long outAt) {
        float alpha = swiglu.alpha();
        float limit = swiglu.limit();
        long upAt = at + 4L * count;
        int end = from + body(to - from);
        for (int k = from; k < end; k += Lanes.COUNT) {
            FloatVector gate = Lanes.floats(gateUp, at + 4L * k).min(limit);
            FloatVector up = Lanes.floats(gateUp, upAt + 4L * k).min(limit).max(-limit);
            gate.div(Exponential.of(gate.mul(-alpha)).add(1f))
                    .mul(up.add(1f))
                    .intoMemorySegment(out, outAt + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < to; k++) {
            float gate = Math.min(Lanes.scalar(gateUp, at + 4L * k), limit);
            float up = Math.max(Math.min(Lanes.scalar(gateUp, upAt + 4L * k), limit), -limit);
            out.set(Tensor.FLOAT, outAt + 4L * k, gate / (Exponential.of(gate * -alpha) + 1f) * (up + 1f));
        }
    }

    /** A row of {@code count} gates and as many ups becomes its gradient. */
    public static void clampedSwigluBackward(
            ClampedSwiglu swiglu, MemorySegment gateUp, long at, MemorySegment dOut, long outAt, int count) {
        float alpha = swiglu.alpha();
        float limit = swiglu.limit();
        long upAt = at + 4L * count;
        int end = body(count);
        for (int k = 0; k < end; k += Lanes.COUNT) {
            FloatVector rawGate = Lanes.floats(gateUp, at + 4L * k);
            FloatVector rawUp = Lanes.floats(gateUp, upAt + 4L * k);
            FloatVector gradient = Lanes.floats(dOut, outAt + 4L * k);
            FloatVector gate = rawGate.min(limit);
            FloatVector scaled = gate.mul(alpha);
            FloatVector sigmoid = FloatVector.broadcast(Lanes.F, 1f)
                    .div(Exponential.of(scaled.neg()).add(1f));
            // σ · (1 + αg · (1 − σ))
            FloatVector slope = scaled.mul(sigmoid.neg().add(1f)).add(1f).mul(sigmoid);
            VectorMask<Float> gateCut = rawGate.compare(VectorOperators.GT, limit);
            VectorMask<Float> upCut = rawUp.abs().compare(VectorOperators.GT, limit);
            gradient.mul(rawUp.min(limit).max(-limit).add(1f))
                    .mul(slope)
                    .blend(0f, gateCut)
                    .intoMemorySegment(gateUp, at + 4L * k, Lanes.LITTLE);
            gradient.mul(gate).mul(sigmoid).blend(0f, upCut).intoMemorySegment(gateUp, upAt + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < count; k++) {
            clampedSwigluBackward(swiglu, gateUp, at + 4L * k, upAt + 4L * k, Lanes.scalar(dOut, outAt + 4L * k));
        }
    }

    private static void clampedSwigluBackward(
            ClampedSwiglu swiglu, MemorySegment gateUp, long gateAt, long upAt, float gradient) {
        float limit = swiglu.limit();
        float rawGate = Lanes.scalar(gateUp, gateAt);
        float rawUp = Lanes.scalar(gateUp, upAt);
        float gate = Math.min(rawGate, limit);
        float up = Math.max(Math.min(rawUp, limit), -limit);
        float scaled = gate * swiglu.alpha();
        float sigmoid = 1f / (Exponential.of(-scaled) + 1f);
        float slope = (scaled * (1f - sigmoid) + 1f) * sigmoid;
        gateUp.set(Tensor.FLOAT, gateAt, rawGate > limit ? 0 : gradient * (up + 1f) * slope);
        gateUp.set(Tensor.FLOAT, upAt, Math.abs(rawUp) > limit ? 0 : gradient * gate * sigmoid);
    }
}
