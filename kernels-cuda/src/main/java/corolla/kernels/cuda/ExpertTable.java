package corolla.kernels.cuda;

import corolla.tensor.DType;
import corolla.tensor.GroupMatrix;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A projection of all experts as the device finds it: for each part of its matrices a table of where each expert's planes are. Immutable; the
 * memory is the arena's that it was made with.
 *
 * @param biases f32 (experts, outputs) on the device, or null
 */
record ExpertTable(
        CudaMatrix first, List<Part> parts, @Nullable Tensor biases) {
    /** Addresses of an expert, {@code ExpertPlanes} in {@code jobs.cu}. */
    private static final int ADDRESSES = 4;

    /**
     * One part of all experts.
     *
     * @param shape the first expert's; others have the same but for its addresses
     * @param addresses of the table on the device
     */
    record Part(CudaPart shape, long addresses) {}

    /** None when the experts' matrices are made of different parts: then no one kernel multiplies by all. */
    static Optional<ExpertTable> of(Gpu gpu, CudaMemory memory, Arena owner, GroupMatrix w) {
        List<CudaMatrix> matrices = w.matrices().stream()
                .map((Matrix matrix) -> CudaMatrix.own(matrix))
                .toList();
        CudaMatrix first = matrices.getFirst();
        if (!matrices.stream().allMatch(other -> alike(first, other))) {
            return Optional.empty();
        }
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < first.parts().size(); i++) {
            parts.add(new Part(first.parts().get(i), table(gpu, owner, matrices, i)));
            prepare(gpu, first.parts().get(i).dtype());
        }
        Tensor biases = w.biases() == null ? null : memory.keep(owner, w.biases());
        return Optional.of(new ExpertTable(first, List.copyOf(parts), biases));
    }

    private static void prepare(Gpu gpu, DType dtype) {
        if (dtype == DType.INT8) {
            gpu.modules().prepare(ChosenProducts.INT8);
        }
    }

    private static boolean alike(CudaMatrix one, CudaMatrix other) {
        if (one.parts().size() != other.parts().size()) {
            return false;
        }
        for (int i = 0; i < one.parts().size(); i++) {
            CudaPart part = one.parts().get(i);
            CudaPart otherPart = other.parts().get(i);
            if (part.dtype() != otherPart.dtype() || part.rows() != otherPart.rows()) {
                return false;
            }
        }
        return true;
    }

    private static long table(Gpu gpu, Arena owner, List<CudaMatrix> matrices, int part) {
        try (Arena passing = Arena.ofConfined()) {
            MemorySegment addresses = passing.allocate(ValueLayout.JAVA_LONG, (long) ADDRESSES * matrices.size());
            for (int expert = 0; expert < matrices.size(); expert++) {
                CudaPart planes = matrices.get(expert).parts().get(part);
                long at = (long) ADDRESSES * expert;
                addresses.setAtIndex(ValueLayout.JAVA_LONG, at, planes.codes());
                addresses.setAtIndex(ValueLayout.JAVA_LONG, at + 1, planes.high());
                addresses.setAtIndex(ValueLayout.JAVA_LONG, at + 2, planes.scales());
                addresses.setAtIndex(ValueLayout.JAVA_LONG, at + 3, planes.outer());
            }
            MemorySegment table = gpu.allocateLasting(owner, addresses.byteSize());
            gpu.run(operation -> operation.copyToDevice(operation.write(table), addresses));
            return table.address();
        }
    }

    /** Outputs of an expert. */
    long rows() {
        return first.rows();
    }

    /** Inputs of an expert. */
    int columns() {
        return Math.toIntExact(first.columns());
    }
}
