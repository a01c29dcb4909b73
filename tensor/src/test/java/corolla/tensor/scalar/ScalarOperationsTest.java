package corolla.tensor.scalar;

import corolla.tensor.OperationsContract;

final class ScalarOperationsTest extends OperationsContract {
    ScalarOperationsTest() {
        super(new ScalarKernels());
    }
}
