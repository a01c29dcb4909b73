package corolla.kernels.cpu;

import corolla.tensor.OperationsContract;

final class VectorOperationsTest extends OperationsContract {
    VectorOperationsTest() {
        super(CpuKernels.vectorOnly());
    }
}
