package corolla.kernels.cuda;

import corolla.tensor.contract.ExpertContract;

final class EmulatedExpertTest extends ExpertContract {
    EmulatedExpertTest() {
        super(EmulatedKernels.start());
    }
}
