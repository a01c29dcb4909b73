package corolla.kernels.cuda;

import corolla.tensor.DType;
import corolla.tensor.contract.ProductContract;
import java.util.List;

/** By kernels of ours alone. */
final class EmulatedProductTest extends ProductContract {
    EmulatedProductTest() {
        super(EmulatedKernels.startWithoutCublas());
    }

    @Override
    protected List<List<Integer>> equalBatches(DType dtype) {
        return List.of(List.of(1, 2, 4, 5, 16, 17, 33));
    }
}
