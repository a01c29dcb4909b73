package corolla.kernels.cpu;

import corolla.tensor.contract.AttentionContract;

final class VectorAttentionTest extends AttentionContract {
    VectorAttentionTest() {
        super(CpuKernels.vectorOnly());
    }
}
