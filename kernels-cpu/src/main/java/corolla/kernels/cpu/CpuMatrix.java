package corolla.kernels.cpu;

import corolla.kernels.cpu.vector.Int8Part;
import corolla.kernels.cpu.vector.PanelPart;
import corolla.kernels.cpu.vector.Part;
import corolla.kernels.cpu.vector.RowPart;
import corolla.tensor.Check;
import corolla.tensor.DType;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** Parts one below the other. */
record CpuMatrix(List<Part> parts) implements Matrix {

    CpuMatrix {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a matrix needs a part");
        }
    }

    static CpuMatrix of(Arena arena, Tensor... tensors) {
        Check.parts(tensors);
        List<Part> parts = new ArrayList<>();
        for (Tensor tensor : tensors) {
            parts.add(part(arena, tensor));
        }
        return new CpuMatrix(parts);
    }

    /** Plain numbers in the memory of {@code rows}, others as in {@link #of}. */
    static CpuMatrix table(Arena arena, Tensor rows) {
        return RowPart.supports(rows.dtype()) && rows.data().isNative()
                ? new CpuMatrix(List.of(RowPart.view(rows)))
                : of(arena, rows);
    }

    private static Part part(Arena arena, Tensor tensor) {
        if (PanelPart.supports(tensor.dtype())) {
            return PanelPart.pack(arena, tensor);
        }
        return switch (tensor.dtype()) {
            case INT8 -> Int8Part.copy(arena, tensor);
            default -> RowPart.copy(arena, tensor);
        };
    }

    @Override
    public long rows() {
        return parts.stream().mapToLong(Part::rows).sum();
    }

    @Override
    public long columns() {
        return parts.getFirst().columns();
    }

    @Override
    public DType dtype() {
        return parts.getFirst().dtype();
    }

    @Override
    public long bytes() {
        return parts.stream().mapToLong(Part::bytes).sum();
    }

    void decodeRow(long row, float[] out) {
        long rest = row;
        for (Part part : parts) {
            if (rest < part.rows()) {
                part.decodeRow(rest, out);
                return;
            }
            rest -= part.rows();
        }
        throw new IndexOutOfBoundsException("row " + row + " of " + rows());
    }
}
