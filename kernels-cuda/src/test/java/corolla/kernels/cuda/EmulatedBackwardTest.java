package corolla.kernels.cuda;

import corolla.tensor.contract.BackwardContract;

final class EmulatedBackwardTest extends BackwardContract {
    EmulatedBackwardTest() {
        super(EmulatedKernels.start());
    }
}
