package corolla.tensor.scalar;

import corolla.tensor.contract.ExpertContract;

final class ScalarExpertTest extends ExpertContract {
    ScalarExpertTest() {
        super(new ScalarKernels());
    }
}
