package corolla.tensor.scalar;

import corolla.tensor.contract.AttentionContract;

final class ScalarAttentionTest extends AttentionContract {
    ScalarAttentionTest() {
        super(new ScalarKernels());
    }
}
