package corolla.tensor.scalar;

import corolla.tensor.contract.OperationsContract;

final class ScalarOperationsTest extends OperationsContract {
    ScalarOperationsTest() {
        super(new ScalarKernels());
    }
}
