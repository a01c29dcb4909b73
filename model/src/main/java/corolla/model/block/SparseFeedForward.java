package corolla.model.block;

import corolla.model.block.ProjectionPlan.Slot;
import corolla.model.family.FeedForwardConfig.Sparse;
import corolla.tensor.ExpertGate;
import corolla.tensor.ExpertKernels;
import corolla.tensor.ExpertLayer;
import corolla.tensor.Kernels;
import corolla.tensor.RoutedExperts;
import corolla.tensor.Routing;
import corolla.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Experts of which a router chooses some for each token, and perhaps one more for all tokens. Immutable. m rows, p places (a
 * row has as many as it has choices), H the hidden size, I the size of an expert, E experts.
 *
 * @param router to E logits
 * @param layer the experts that are chosen
 * @param routed what chooses and multiplies a few rows in one go, or null where kernels have no such thing
 * @param shared the expert for all tokens, or null
 * @param experts what the layer's projections are made of, expert by expert; none where adapters cannot add to them
 */
record SparseFeedForward(
        Sparse config,
        Projection router,
        ExpertLayer layer,
        @Nullable RoutedExperts routed,
        @Nullable DenseFeedForward shared,
        Map<Slot, List<ProjectionPlan>> experts)
        implements FeedForward {

    /**
     * Views of a space.
     *
     * @param routing of m rows
     * @param sorted (p, H)
     * @param projected (p, 2 · I)
     * @param inner (p, I)
     * @param otherInner (p, I)
     * @param logits (m, E)
     */
    private record Space(
            Routing routing, Tensor sorted, Tensor projected, Tensor inner, Tensor otherInner, Tensor logits) {}

    private Space space(FeedForwardSpace space, long hidden) {
        Routing routing = Objects.requireNonNull(space.routing(), "space of a dense part");
        long places = routing.places();
        long size = config.expertSize();
        Tensor memory = space.routed();
        return new Space(
                routing,
                BlockSizes.view(memory, places, hidden),
                BlockSizes.view(space.projected(), places, 2 * size),
                BlockSizes.view(space.inner(), places, size),
                BlockSizes.view(memory, places * hidden, places, size),
                BlockSizes.view(
                        memory,
                        places * (hidden + size),
                        routing.rows(),
                        config.rule().experts()));
    }

    @Override
    public void forward(Worker worker, Tensor input, FeedForwardSpace memory, Tensor out, boolean add) {
        Space space = space(memory, input.columns());
        if (routed != null && routed.takes(input.rows()) && !AdaptedExperts.concern(worker.adapted())) {
            router.apply(worker, input, space.logits);
            worker.barrier();
            routed.forward(worker.me(), input, space.logits, out, add);
            worker.barrier();
        } else {
            forwardSorted(worker, input, space, out, add);
        }
        if (shared != null) {
            shared.forward(worker, input, sharedSpace(memory, input), out, true);
        }
    }

    /** The host reads which experts rows have chosen, and sorts rows by them. */
    private void forwardSorted(Worker worker, Tensor input, Space space, Tensor out, boolean add) {
        ExpertKernels experts = worker.kernels().experts();
        if (!add) {
            worker.zero(out);
        }
        route(worker, input, space);
        project(worker, input, space, space.inner);
        experts.multiply(worker.me(), space.inner, space.routing.groups(), layer.down(), space.sorted);
        worker.barrier();
        adapt(worker, Slot.EXPERT_OUTPUT, space, space.inner, space.sorted);
        experts.combine(worker.me(), space.sorted, space.routing, out);
        worker.barrier();
    }

    /** Chooses experts. */
    private void route(Worker worker, Tensor input, Space space) {
        router.apply(worker, input, space.logits);
        worker.barrier();
        worker.kernels().experts().choose(worker.me(), space.logits, layer.correction(), space.routing);
        worker.barrier();
        space.routing.sort(worker.me());
        worker.barrier();
    }

    /** Sorts rows by expert; their gates and ups to {@code space.projected}, and what becomes of them to {@code inner}. */
    private void project(Worker worker, Tensor input, Space space, Tensor inner) {
        worker.kernels().experts().gather(worker.me(), input, space.routing, space.sorted);
        worker.barrier();
        worker.kernels()
                .experts()
                .multiply(worker.me(), space.sorted, space.routing.groups(), layer.up(), space.projected);
        worker.barrier();
        adapt(worker, Slot.EXPERT_INPUT, space, space.sorted, space.projected);
        switch (layer.gate()) {
            case ExpertGate.Plain plain ->
                worker.kernels().gate(worker.me(), plain.activation(), space.projected, inner);
            case ExpertGate.Clamped clamped ->
                worker.kernels().experts().clampedSwiglu(worker.me(), clamped.swiglu(), space.projected, inner);
        }
        worker.barrier();
    }

    private static void adapt(Worker worker, Slot slot, Space space, Tensor x, Tensor y) {
        if (worker.adapted() != null) {
            new AdaptedExperts(worker.adapted(), space.routing, slot).addTo(worker, x, y);
        }
    }

    private static void adaptGradient(Worker worker, Slot slot, Space space, Tensor dy, Tensor dx) {
        if (worker.adapted() != null) {
            new AdaptedExperts(worker.adapted(), space.routing, slot).addGradientTo(worker, dy, dx);
        }
    }

    private FeedForwardSpace sharedSpace(FeedForwardSpace memory, Tensor input) {
        return FeedForwardSpace.of(
                config.shared(), 0, Math.toIntExact(input.rows()), memory.projected(), memory.inner(), memory.routed());
    }

    @Override
    public void backward(Worker worker, Tensor input, Tensor dOut, FeedForwardSpace memory, Tensor dInput) {
        if (shared != null) {
            shared.backward(worker, input, dOut, sharedSpace(memory, input), dInput);
        } else {
            worker.zero(dInput);
        }
        Space space = space(memory, input.columns());
        route(worker, input, space);
        project(worker, input, space, space.otherInner);
        expertsBackward(worker, dOut, space, dInput);
        routerBackward(worker, space, dInput);
    }

    private void expertsBackward(Worker worker, Tensor dOut, Space space, Tensor dInput) {
        Kernels kernels = worker.kernels();
        ExpertKernels experts = kernels.experts();
        Routing routing = space.routing;
        Tensor dInner = space.inner;
        experts.gather(worker.me(), dOut, routing, space.sorted);
        worker.barrier();
        experts.multiplyTransposed(worker.me(), space.sorted, routing.groups(), layer.down(), dInner);
        worker.barrier();
        adaptGradient(worker, Slot.EXPERT_OUTPUT, space, space.sorted, dInner);
        experts.combineBackward(worker.me(), space.otherInner, dInner, space.sorted, layer.down(), routing);
        worker.barrier();
        switch (layer.gate()) {
            case ExpertGate.Plain plain ->
                kernels.backward().gate(worker.me(), plain.activation(), space.projected, dInner);
            case ExpertGate.Clamped clamped ->
                experts.clampedSwigluBackward(worker.me(), clamped.swiglu(), space.projected, dInner);
        }
        worker.barrier();
        experts.multiplyTransposed(worker.me(), space.projected, routing.groups(), layer.up(), space.sorted);
        worker.barrier();
        adaptGradient(worker, Slot.EXPERT_INPUT, space, space.projected, space.sorted);
        experts.gatherBackward(worker.me(), space.sorted, routing, dInput);
        worker.barrier();
    }

    private void routerBackward(Worker worker, Space space, Tensor dInput) {
        Tensor ofRouter = space.sorted.slice(0, space.routing.rows());
        worker.kernels().experts().chooseBackward(worker.me(), space.logits, space.routing);
        worker.barrier();
        router.backward(worker, space.logits, ofRouter);
        worker.barrier();
        worker.kernels().add(worker.me(), ofRouter, dInput);
        worker.barrier();
    }

    @Override
    public List<Projection> projections() {
        return shared == null ? List.of(router) : List.of(router, shared.up(), shared.down());
    }

    /** All experts: what a pass over many rows reads; one row reads its choices' alone. */
    @Override
    public long bytes() {
        return router.bytes() + layer.up().bytes() + layer.down().bytes() + (shared == null ? 0 : shared.bytes());
    }
}
