package corolla.kernels.cuda;

import corolla.tensor.contract.AttentionContract;

final class EmulatedAttentionTest extends AttentionContract {
    EmulatedAttentionTest() {
        super(EmulatedKernels.start());
    }
}
