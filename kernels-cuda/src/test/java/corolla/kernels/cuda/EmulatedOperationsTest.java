package corolla.kernels.cuda;

import corolla.tensor.contract.OperationsContract;

final class EmulatedOperationsTest extends OperationsContract {
    EmulatedOperationsTest() {
        super(EmulatedKernels.start());
    }
}
