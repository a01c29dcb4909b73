package corolla.kernels.cuda;

import corolla.tensor.Check;
import corolla.tensor.DType;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.quant.MixedRow;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** Parts one below the other; neighbours of one type are one part. */
record CudaMatrix(List<CudaPart> parts) implements Matrix {
    private static final long PLANE_ALIGNMENT = 256;

    CudaMatrix {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a matrix needs a part");
        }
    }

    static CudaMatrix of(Gpu gpu, Arena arena, Tensor... tensors) {
        Check.parts(tensors);
        for (Tensor tensor : tensors) {
            if (tensor.dtype() == DType.INT8 && tensor.columns() > MixedRow.COLUMNS_MAX) {
                throw new IllegalArgumentException(
                        tensor + " has more columns than int8 products, at most " + MixedRow.COLUMNS_MAX);
            }
        }
        List<CudaPart> parts = new ArrayList<>();
        for (int from = 0; from < tensors.length; ) {
            int to = from;
            while (to < tensors.length && tensors[to].dtype() == tensors[from].dtype()) {
                to++;
            }
            parts.add(part(gpu, arena, List.of(tensors).subList(from, to)));
            from = to;
        }
        return new CudaMatrix(parts);
    }

    private static CudaPart part(Gpu gpu, Arena arena, List<Tensor> tensors) {
        DType dtype = tensors.getFirst().dtype();
        int columns = Math.toIntExact(tensors.getFirst().columns());
        long rows = tensors.stream().mapToLong(Tensor::rows).sum();
        PlaneFormat format = PlaneFormat.of(dtype, columns);
        long codes = aligned(format.codeRows(rows) * format.codes());
        long high = aligned(rows * format.high());
        long scales = aligned(rows * format.scales());
        long bytes = codes + high + scales + aligned(rows * format.outer());
        long address = gpu.allocateLasting(arena, bytes).address();
        CudaPart part = new CudaPart(
                dtype,
                rows,
                columns,
                address,
                format.high() == 0 ? 0 : address + codes,
                format.scales() == 0 ? 0 : address + codes + high,
                format.outer() == 0 ? 0 : address + codes + high + scales,
                rows * format.rowBytes());
        RowPacker packer = new RowPacker(format, columns);
        long row = 0;
        for (Tensor tensor : tensors) {
            gpu.loader()
                    .load(
                            format,
                            part,
                            row,
                            tensor.rows(),
                            (from, planes, to) -> packer.pack(tensor, from, planes, to));
            row += tensor.rows();
        }
        return part;
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, PLANE_ALIGNMENT) * PLANE_ALIGNMENT;
    }

    /** A matrix of these kernels. */
    static CudaMatrix own(Matrix matrix) {
        return Check.own(CudaMatrix.class, matrix);
    }

    @Override
    public long rows() {
        return parts.stream().mapToLong(CudaPart::rows).sum();
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
        return parts.stream().mapToLong(CudaPart::bytes).sum();
    }
}
