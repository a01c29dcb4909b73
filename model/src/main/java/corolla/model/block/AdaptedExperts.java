package corolla.model.block;

import corolla.model.block.AdaptedParts.Rows;
import corolla.model.block.ProjectionPlan.Slot;
import corolla.tensor.Routing;
import corolla.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * {@link AdaptedParts} where rows are sorted by expert: those of one expert keep their order, so that the rows of a part that
 * chose it stand together. Stateless.
 *
 * @param parts which rows have which adapter
 * @param routing where rows stand
 * @param slot which projection of the experts
 */
record AdaptedExperts(AdaptedParts parts, Routing routing, Slot slot) {

    /** Some places with one expert and one adapter. */
    @FunctionalInterface
    private interface Work {

        /** @param low (end - start, R) */
        void on(LowRank part, int start, int end, Tensor low);
    }

    /** Whether some row has an adapter that adds to experts. */
    static boolean concern(@Nullable AdaptedParts parts) {
        return parts != null && (adds(parts, Slot.EXPERT_INPUT) || adds(parts, Slot.EXPERT_OUTPUT));
    }

    private static boolean adds(AdaptedParts parts, Slot slot) {
        return parts.rows().stream().anyMatch(some -> some.adapter().experts(slot) != null);
    }

    private boolean isEmpty() {
        return !adds(parts, slot);
    }

    private void each(Work work) {
        for (Rows some : parts.rows()) {
            ExpertLowRanks experts = some.adapter().experts(slot);
            if (experts != null) {
                each(some, experts, work);
            }
        }
    }

    private void each(Rows some, ExpertLowRanks experts, Work work) {
        int last = some.start() + some.count(routing.rows());
        long at = some.at() + some.count(routing.rows()) * (long) experts.at();
        for (int expert = 0; expert < routing.groups().count(); expert++) {
            LowRank part = experts.of(expert);
            if (part != null) {
                int start = firstPlace(expert, some.start());
                int end = firstPlace(expert, last);
                if (start < end) {
                    long count = (long) end - start;
                    work.on(part, start, end, BlockSizes.view(parts.memory(), at, count, part.rank()));
                    at += count * part.rank();
                }
            }
        }
    }

    /** The first place of an expert whose row is not before the given one. */
    private int firstPlace(int expert, int row) {
        int place = routing.groups().start(expert);
        int end = routing.groups().end(expert);
        while (place < end && routing.rowAt(place) < row) {
            place++;
        }
        return place;
    }

    /** y += what adapters add; after a barrier, ends at one if some row has a part. Rows are places. */
    void addTo(Worker worker, Tensor x, Tensor y) {
        if (isEmpty()) {
            return;
        }
        each((part, start, end, low) -> worker.kernels().multiply(worker.me(), x.slice(start, end), part.a(), low));
        worker.barrier();
        each((part, start, end, low) -> worker.kernels().multiplyAdd(worker.me(), low, part.b(), y.slice(start, end)));
        worker.barrier();
    }

    /** dx += what adapters add to the gradient; after a barrier, ends at one if some row has a part. Rows are places. */
    void addGradientTo(Worker worker, Tensor dy, Tensor dx) {
        if (isEmpty()) {
            return;
        }
        Tensor added = BlockSizes.view(parts.gradientMemory(), dx.rows(), dx.columns());
        each((part, start, end, low) ->
                worker.kernels().multiplyTransposed(worker.me(), dy.slice(start, end), part.b(), low));
        worker.barrier();
        each((part, start, end, low) ->
                worker.kernels().multiplyTransposed(worker.me(), low, part.a(), added.slice(start, end)));
        worker.barrier();
        each((part, start, end, low) ->
                worker.kernels().add(worker.me(), added.slice(start, end), dx.slice(start, end)));
        worker.barrier();
    }
}
