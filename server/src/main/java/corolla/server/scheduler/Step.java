package corolla.server.scheduler;

import corolla.base.compute.Team;
import corolla.model.block.BlockHook;
import corolla.model.block.Part;
import corolla.swarm.Span;
import corolla.tensor.Tensor;

/** One turn's work. Borrows its memory until it has run. */
public sealed interface Step {

    /** What it is for. */
    Priority priority();

    /**
     * Some rows through some blocks.
     *
     * @param hidden (rows, hiddenSize) f32, replaced by the output
     * @param part which sequences the rows are, and their cache
     * @param blocks absolute indices
     * @param hook what is added on the way into blocks
     */
    record Forward(Priority priority, Tensor hidden, Part part, Span blocks, BlockHook hook) implements Step {}

    /**
     * Anything else that the compute threads do for a request: a part of a backward.
     *
     * @param body runs once
     */
    record Other(Priority priority, Team.Body body) implements Step {}
}
