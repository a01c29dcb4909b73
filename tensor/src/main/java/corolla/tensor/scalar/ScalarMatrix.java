package corolla.tensor.scalar;

import corolla.tensor.DType;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.util.List;

/** Views of the parts as they are stored. */
record ScalarMatrix(List<Tensor> parts) implements Matrix {

    ScalarMatrix {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a matrix needs a part");
        }
        for (Tensor part : parts) {
            if (part.columns() != parts.getFirst().columns()) {
                throw new IllegalArgumentException("parts " + parts + " differ in columns");
            }
        }
    }

    @Override
    public long rows() {
        long rows = 0;
        for (Tensor part : parts) {
            rows += part.rows();
        }
        return rows;
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
        return parts.stream().mapToLong(part -> part.data().byteSize()).sum();
    }

    boolean hasInt8() {
        for (Tensor part : parts) {
            if (part.dtype() == DType.INT8) {
                return true;
            }
        }
        return false;
    }

    void decodeRow(long row, float[] out) {
        Elements.decodeRow(row(row), 0, out);
    }

    /** One row as a tensor of its own. */
    Tensor row(long row) {
        long rest = row;
        for (Tensor part : parts) {
            if (rest < part.rows()) {
                return part.slice(rest, rest + 1);
            }
            rest -= part.rows();
        }
        throw new IndexOutOfBoundsException("row " + row + " of " + parts);
    }
}
