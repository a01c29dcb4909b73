package corolla.kernels.cpu;

import corolla.tensor.contract.ExpertContract;

final class VectorExpertTest extends ExpertContract {
    VectorExpertTest() {
        super(CpuKernels.vectorOnly());
    }
}
