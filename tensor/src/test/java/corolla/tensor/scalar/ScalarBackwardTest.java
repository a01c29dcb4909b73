package corolla.tensor.scalar;

import corolla.tensor.BackwardContract;

final class ScalarBackwardTest extends BackwardContract {
    ScalarBackwardTest() {
        super(new ScalarKernels());
    }
}
