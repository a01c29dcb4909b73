package corolla.kernels.cpu;

import corolla.tensor.DType;
import corolla.tensor.contract.ProductContract;
import java.util.List;

final class VectorProductTest extends ProductContract {
    VectorProductTest() {
        super(CpuKernels.vectorOnly());
    }

    @Override
    protected List<List<Integer>> equalBatches(DType dtype) {
        return List.of(List.of(1, 2, 3, 4, 5, 16, 17, 33, 130));
    }
}
