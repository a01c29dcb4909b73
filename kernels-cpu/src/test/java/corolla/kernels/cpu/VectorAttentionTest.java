package corolla.kernels.cpu;

import corolla.tensor.AttentionContract;

final class VectorAttentionTest extends AttentionContract {
    VectorAttentionTest() {
        super(CpuKernels.vectorOnly());
    }
}
