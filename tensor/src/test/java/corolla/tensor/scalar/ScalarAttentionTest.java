package corolla.tensor.scalar;

import corolla.tensor.AttentionContract;

final class ScalarAttentionTest extends AttentionContract {
    ScalarAttentionTest() {
        super(new ScalarKernels());
    }
}
