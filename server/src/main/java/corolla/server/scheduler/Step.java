package corolla.server.scheduler;

import corolla.model.block.BlockHook;
import corolla.model.block.Part;
import corolla.swarm.Span;
import corolla.tensor.Tensor;

/**
 * One turn's work: some rows through some blocks. Borrows its tensor and its cache until it has run.
 *
 * @param priority what it is for
 * @param hidden (rows, hiddenSize) f32, replaced by the output
 * @param part which sequences the rows are, and their cache
 * @param blocks absolute indices
 * @param hook what is added on the way into blocks
 */
public record Step(Priority priority, Tensor hidden, Part part, Span blocks, BlockHook hook) {}
