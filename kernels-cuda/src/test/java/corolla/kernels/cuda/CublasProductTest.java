package corolla.kernels.cuda;

import corolla.tensor.DType;
import corolla.tensor.contract.ProductContract;
import java.util.List;

/** With cuBLASLt for many rows. */
final class CublasProductTest extends ProductContract {
    CublasProductTest() {
        super(EmulatedKernels.start());
    }

    /** From 17 rows on the library may choose an algorithm for each number of rows, whose sums have another order. */
    @Override
    protected List<List<Integer>> equalBatches(DType dtype) {
        return switch (dtype) {
            case F32, INT8 -> List.of(List.of(1, 2, 4, 5, 16, 17, 33));
            default -> List.of(List.of(1, 2, 4, 5, 16), List.of(17), List.of(33));
        };
    }

    /** Two bf16 halves have 16 of 24 bits, and the rounding of a sum's terms is mostly smaller than that of its end. */
    @Override
    protected double looseness(DType weights, long rows) {
        return SplitProducts.serves(weights, rows) ? 16 : 1;
    }
}
