package corolla.tensor.scalar;

import corolla.tensor.contract.BackwardContract;

final class ScalarBackwardTest extends BackwardContract {
    ScalarBackwardTest() {
        super(new ScalarKernels());
    }
}
