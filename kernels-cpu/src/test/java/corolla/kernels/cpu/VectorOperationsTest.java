package corolla.kernels.cpu;

import corolla.tensor.contract.OperationsContract;

final class VectorOperationsTest extends OperationsContract {
    VectorOperationsTest() {
        super(CpuKernels.vectorOnly());
    }
}
