package corolla.kernels.cpu;

import corolla.base.compute.Member;
import corolla.kernels.cpu.vector.Experts;
import corolla.tensor.Check;
import corolla.tensor.ClampedSwiglu;
import corolla.tensor.ExpertKernels;
import corolla.tensor.GroupMatrix;
import corolla.tensor.Routing;
import corolla.tensor.RowGroups;
import corolla.tensor.Tensor;

/**
 * Expert operations of the CPU. Members share the outputs of every expert, not the experts: so their work is equal however
 * rows were routed. Thread-safe.
 */
final class CpuExpertKernels implements ExpertKernels {
    private final Linear linear;

    CpuExpertKernels(Linear linear) {
        this.linear = linear;
    }

    @Override
    public void multiply(Member me, Tensor x, RowGroups groups, GroupMatrix w, Tensor y) {
        Check.groups(x, groups, w, y);
        for (int group = 0; group < groups.count(); group++) {
            int start = groups.start(group);
            int end = groups.end(group);
            if (start < end) {
                Tensor out = y.slice(start, end);
                linear.forward(
                        me, x.slice(start, end), w.matrices().get(group), out, false, groups.batch(), groups.typical());
                if (w.biases() != null) {
                    linear.addBias(me, w.matrices().get(group), w.biases().slice(group, group + 1L), out);
                }
            }
        }
    }

    @Override
    public void multiplyTransposed(Member me, Tensor dy, RowGroups groups, GroupMatrix w, Tensor dx) {
        Check.groups(dx, groups, w, dy);
        for (int group = 0; group < groups.count(); group++) {
            int start = groups.start(group);
            int end = groups.end(group);
            if (start < end) {
                linear.transposed(me, dy.slice(start, end), w.matrices().get(group), dx.slice(start, end));
            }
        }
    }

    @Override
    public void combine(Member me, Tensor sorted, Routing routing, Tensor y) {
        Check.sorted(sorted, routing, y);
        add(me, sorted, routing, true, y);
    }

    @Override
    public void gatherBackward(Member me, Tensor sorted, Routing routing, Tensor y) {
        Check.sorted(sorted, routing, y);
        add(me, sorted, routing, false, y);
    }

    /** Members share columns: a single row is work for all. */
    private static void add(Member me, Tensor sorted, Routing routing, boolean weighed, Tensor y) {
        int from = (int) me.shareStart(y.columns(), VectorProducts.GRAIN);
        int count = (int) me.shareEnd(y.columns(), VectorProducts.GRAIN) - from;
        for (int row = 0; row < routing.rows(); row++) {
            long to = row * y.rowBytes() + 4L * from;
            for (int choice = 0; choice < routing.rule().choices(); choice++) {
                long at = routing.place(row, choice) * y.rowBytes() + 4L * from;
                Experts.addScaled(weighed ? routing.weight(row, choice) : 1, sorted.data(), at, y.data(), to, count);
            }
        }
    }

    @Override
    public void combineBackward(
            Member me, Tensor inner, Tensor dInner, Tensor dSorted, GroupMatrix projection, Routing routing) {
        Check.weighed(inner, dInner, dSorted, projection, routing);
        Tensor biases = projection.biases();
        int innerSize = Math.toIntExact(inner.columns());
        int end = (int) me.shareEnd(routing.places(), 1);
        for (int place = (int) me.shareStart(routing.places(), 1); place < end; place++) {
            long at = place * inner.rowBytes();
            float gradient = Experts.dot(inner.data(), at, dInner.data(), at, innerSize);
            if (biases != null) {
                long biasAt = routing.expertAt(place) * biases.rowBytes();
                int outputs = Math.toIntExact(biases.columns());
                gradient += Experts.dot(biases.data(), biasAt, dSorted.data(), place * dSorted.rowBytes(), outputs);
            }
            routing.gradientAt(place, gradient);
            Experts.scale(routing.weightAt(place), dInner.data(), at, innerSize);
        }
    }

    @Override
    public void clampedSwiglu(Member me, ClampedSwiglu swiglu, Tensor gateUp, Tensor out) {
        Check.gated(gateUp, out);
        int columns = Math.toIntExact(out.columns());
        int from = (int) me.shareStart(columns, VectorProducts.GRAIN);
        int to = (int) me.shareEnd(columns, VectorProducts.GRAIN);
        for (long row = 0; row < out.rows(); row++) {
            long at = row * gateUp.rowBytes();
            Experts.clampedSwiglu(swiglu, gateUp.data(), at, columns, from, to, out.data(), row * out.rowBytes());
        }
    }

    @Override
    public void clampedSwigluBackward(Member me, ClampedSwiglu swiglu, Tensor gateUp, Tensor dOut) {
        Check.gated(gateUp, dOut);
        int columns = Math.toIntExact(dOut.columns());
        for (long row = me.shareStart(dOut.rows(), 1); row < me.shareEnd(dOut.rows(), 1); row++) {
            long at = row * gateUp.rowBytes();
            Experts.clampedSwigluBackward(swiglu, gateUp.data(), at, dOut.data(), row * dOut.rowBytes(), columns);
        }
    }
}
