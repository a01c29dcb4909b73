package corolla.model.block;

import corolla.base.compute.Member;
import corolla.tensor.Tensor;

/** Changes the hidden state on its way into a block: how deep prompts are added. */
@FunctionalInterface
public interface BlockHook {

    /** Leaves the hidden state as it is. */
    BlockHook NONE = (me, block, hidden) -> {};

    /**
     * Called by every member before each block, between two barriers; each does its own share.
     *
     * @param block absolute index of the block that comes next
     * @param hidden (rows, hiddenSize), changed in place
     */
    void before(Member me, int block, Tensor hidden);
}
