package corolla.model.block;

import corolla.tensor.Tensor;

/** Changes the hidden state on its way into a block: how deep prompts are added. */
@FunctionalInterface
public interface BlockHook {

    /** Leaves the hidden state as it is. */
    BlockHook NONE = (worker, block, hidden) -> {};

    /**
     * Called by every member before each block, between two barriers; each does its own share.
     *
     * @param block absolute index of the block that comes next
     * @param hidden (rows, hiddenSize), where the kernels work; changed in place
     */
    void before(Worker worker, int block, Tensor hidden);
}
