package corolla.model.block;

import corolla.tensor.Check;
import corolla.tensor.Tensor;

/**
 * Trained vectors that are added to the first positions of every sequence before each block: Petals' deep prompt tuning.
 * Immutable; borrows the prompts.
 *
 * <p>As a {@link BlockHook} it expects a hidden state of {@code batch} whole sequences and nothing else.
 */
public final class DeepPrompts implements BlockHook {
    private final Tensor prompts; // (N, B or 1, P, H)
    private final int from;
    private final int batch;
    private final int tokens;

    /**
     * Prompts for blocks {@code [from, from + N)}.
     *
     * @param prompts f32 (N, batch or 1, P, hiddenSize) with P at most {@code tokens}; a batch of 1 serves every sequence
     * @param from absolute index of the block that the first prompt belongs to
     * @param batch sequences of the hidden state
     * @param tokens of each sequence
     */
    public DeepPrompts(Tensor prompts, int from, int batch, int tokens) {
        Check.floats("prompts", prompts);
        if (prompts.shape().rank() != 4) {
            throw new IllegalArgumentException("prompts " + prompts + ", not (blocks, batch, positions, hidden size)");
        }
        long promptBatch = prompts.shape().size(1);
        if (promptBatch != batch && promptBatch != 1) {
            throw new IllegalArgumentException("prompts " + prompts + " for a batch of " + batch);
        }
        if (prompts.shape().size(2) > tokens) {
            throw new IllegalArgumentException("prompts " + prompts + " for sequences of " + tokens + " tokens");
        }
        this.prompts = prompts;
        this.from = from;
        this.batch = batch;
        this.tokens = tokens;
    }

    /** Blocks that have a prompt. */
    public int blockCount() {
        return Math.toIntExact(prompts.shape().size(0));
    }

    /** Positions of a sequence that get a prompt. */
    public int positions() {
        return Math.toIntExact(prompts.shape().size(2));
    }

    @Override
    public void before(Worker worker, int block, Tensor hidden) {
        Tensor ofBlock = prompts.part(block - from); // (B or 1, P, H)
        for (int sequence = 0; sequence < batch; sequence++) {
            Tensor prompt = ofBlock.part(ofBlock.shape().size(0) == 1 ? 0 : sequence);
            long row = (long) sequence * tokens;
            worker.kernels().add(worker.me(), prompt, hidden.slice(row, row + positions()));
        }
    }

    /** The first positions of every sequence: where a prompt was added its gradient stands. */
    void copyPositions(Worker worker, Tensor gradient, Tensor out) {
        for (int sequence = 0; sequence < batch; sequence++) {
            long row = (long) sequence * tokens;
            worker.copy(gradient.slice(row, row + positions()), out.part(sequence));
        }
    }
}
