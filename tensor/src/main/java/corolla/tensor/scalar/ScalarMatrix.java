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

    /** Decodes one row: no views on the way, for a small model's product is mostly this. */
    void decodeRow(long row, float[] out) {
        int index = partOf(row);
        Elements.decodeRow(parts.get(index), row - rowsBefore(index), out);
    }

    DType dtypeOf(long row) {
        return parts.get(partOf(row)).dtype();
    }

    /** One row as a tensor of its own. */
    Tensor row(long row) {
        int index = partOf(row);
        long inPart = row - rowsBefore(index);
        return parts.get(index).slice(inPart, inPart + 1);
    }

    private int partOf(long row) {
        long rest = row;
        for (int i = 0; i < parts.size(); i++) {
            rest -= parts.get(i).rows();
            if (rest < 0) {
                return i;
            }
        }
        throw new IndexOutOfBoundsException("row " + row + " of " + parts);
    }

    private long rowsBefore(int part) {
        long rows = 0;
        for (int i = 0; i < part; i++) {
            rows += parts.get(i).rows();
        }
        return rows;
    }
}
