package corolla.tensor.scalar;

import corolla.tensor.ProductContract;

final class ScalarProductTest extends ProductContract {
    ScalarProductTest() {
        super(new ScalarKernels());
    }
}
