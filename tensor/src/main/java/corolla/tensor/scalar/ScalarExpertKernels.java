package corolla.tensor.scalar;

import corolla.base.compute.Member;
import corolla.tensor.Check;
import corolla.tensor.ClampedSwiglu;
import corolla.tensor.ExpertKernels;
import corolla.tensor.GroupMatrix;
import corolla.tensor.Routing;
import corolla.tensor.RowGroups;
import corolla.tensor.Tensor;

/** The reference that other expert kernels are judged against. Stateless, thread-safe. */
final class ScalarExpertKernels implements ExpertKernels {
    private final ScalarKernels kernels;

    ScalarExpertKernels(ScalarKernels kernels) {
        this.kernels = kernels;
    }

    @Override
    public void multiply(Member me, Tensor x, RowGroups groups, GroupMatrix w, Tensor y) {
        Check.groups(x, groups, w, y);
        for (int group = 0; group < groups.count(); group++) {
            Tensor out = y.slice(groups.start(group), groups.end(group));
            kernels.multiply(
                    me,
                    x.slice(groups.start(group), groups.end(group)),
                    w.matrices().get(group),
                    out);
            if (w.biases() != null) {
                addBias(me, w.biases().slice(group, group + 1L), out);
            }
        }
    }

    /** In the columns that this member's share of the product wrote. */
    private static void addBias(Member me, Tensor bias, Tensor y) {
        for (long row = 0; row < y.rows(); row++) {
            for (long k = me.shareStart(y.columns(), 1); k < me.shareEnd(y.columns(), 1); k++) {
                long index = row * y.columns() + k;
                y.setFloat(index, y.getFloat(index) + bias.getFloat(k));
            }
        }
    }

    @Override
    public void multiplyTransposed(Member me, Tensor dy, RowGroups groups, GroupMatrix w, Tensor dx) {
        Check.groups(dx, groups, w, dy);
        for (int group = 0; group < groups.count(); group++) {
            int start = groups.start(group);
            int end = groups.end(group);
            kernels.multiplyTransposed(me, dy.slice(start, end), w.matrices().get(group), dx.slice(start, end));
        }
    }

    @Override
    public void combine(Member me, Tensor sorted, Routing routing, Tensor y) {
        Check.sorted(sorted, routing, y);
        for (int row = (int) me.shareStart(y.rows(), 1); row < me.shareEnd(y.rows(), 1); row++) {
            for (int choice = 0; choice < routing.rule().choices(); choice++) {
                addScaled(routing.weight(row, choice), sorted, routing.place(row, choice), y, row);
            }
        }
    }

    @Override
    public void gatherBackward(Member me, Tensor sorted, Routing routing, Tensor y) {
        Check.sorted(sorted, routing, y);
        for (int row = (int) me.shareStart(y.rows(), 1); row < me.shareEnd(y.rows(), 1); row++) {
            for (int choice = 0; choice < routing.rule().choices(); choice++) {
                addScaled(1, sorted, routing.place(row, choice), y, row);
            }
        }
    }

    private static void addScaled(float factor, Tensor from, long fromRow, Tensor to, long toRow) {
        for (long k = 0; k < to.columns(); k++) {
            long index = toRow * to.columns() + k;
            to.setFloat(index, to.getFloat(index) + factor * from.getFloat(fromRow * to.columns() + k));
        }
    }

    @Override
    public void combineBackward(
            Member me, Tensor inner, Tensor dInner, Tensor dSorted, GroupMatrix projection, Routing routing) {
        Check.weighed(inner, dInner, dSorted, projection, routing);
        for (int place = (int) me.shareStart(routing.places(), 1); place < me.shareEnd(routing.places(), 1); place++) {
            double gradient = dot(inner, place, dInner, place);
            if (projection.biases() != null) {
                gradient += dot(projection.biases(), routing.expertAt(place), dSorted, place);
            }
            routing.gradientAt(place, (float) gradient);
            for (long k = 0; k < dInner.columns(); k++) {
                long index = place * dInner.columns() + k;
                dInner.setFloat(index, dInner.getFloat(index) * routing.weightAt(place));
            }
        }
    }

    private static double dot(Tensor a, long aRow, Tensor b, long bRow) {
        double sum = 0;
        for (long k = 0; k < a.columns(); k++) {
            sum += (double) a.getFloat(aRow * a.columns() + k) * b.getFloat(bRow * b.columns() + k);
        }
        return sum;
    }

    @Override
    public void clampedSwiglu(Member me, ClampedSwiglu swiglu, Tensor gateUp, Tensor out) {
        Check.gated(gateUp, out);
        long columns = out.columns();
        for (long i = me.shareStart(out.elements(), 1); i < me.shareEnd(out.elements(), 1); i++) {
            long gateIndex = i / columns * 2 * columns + i % columns;
            float gate = Math.min(gateUp.getFloat(gateIndex), swiglu.limit());
            float up = Math.clamp(gateUp.getFloat(gateIndex + columns), -swiglu.limit(), swiglu.limit());
            float sigmoid = 1 / (1 + (float) Math.exp(-swiglu.alpha() * gate));
            out.setFloat(i, (up + 1) * gate * sigmoid);
        }
    }

    /** d(g · σ(αg)) = σ · (1 + αg · (1 − σ)). */
    @Override
    public void clampedSwigluBackward(Member me, ClampedSwiglu swiglu, Tensor gateUp, Tensor dOut) {
        Check.gated(gateUp, dOut);
        long columns = dOut.columns();
        float limit = swiglu.limit();
        for (long i = me.shareStart(dOut.elements(), 1); i < me.shareEnd(dOut.elements(), 1); i++) {
            long gateIndex = i / columns * 2 * columns + i % columns;
            float rawGate = gateUp.getFloat(gateIndex);
            float rawUp = gateUp.getFloat(gateIndex + columns);
            float gate = Math.min(rawGate, limit);
            float up = Math.clamp(rawUp, -limit, limit);
            float scaled = swiglu.alpha() * gate;
            float sigmoid = 1 / (1 + (float) Math.exp(-scaled));
            float gradient = dOut.getFloat(i);
            float dGate = gradient * (up + 1) * sigmoid * (1 + scaled * (1 - sigmoid));
            gateUp.setFloat(gateIndex, rawGate > limit ? 0 : dGate);
            gateUp.setFloat(gateIndex + columns, Math.abs(rawUp) > limit ? 0 : gradient * gate * sigmoid);
        }
    }
}
