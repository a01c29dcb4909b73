package corolla.tensor.scalar;

import corolla.tensor.contract.ProductContract;

final class ScalarProductTest extends ProductContract {
    ScalarProductTest() {
        super(new ScalarKernels());
    }
}
