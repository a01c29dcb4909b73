package corolla.model.block;

import corolla.base.compute.Member;
import corolla.tensor.Kernels;

/**
 * One member of a team at work on blocks: what every part of a block takes to do its share.
 *
 * @param me the member
 * @param kernels what it computes with
 */
public record Worker(Member me, Kernels kernels) {

    /** Waits until all members have come here. */
    public void barrier() {
        me.barrier();
    }
}
