package corolla.kernels.cuda;

import corolla.tensor.Check;
import corolla.tensor.DType;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.quant.MixedRow;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Parts one below the other; neighbours of one type are one part. */
record CudaMatrix(List<CudaPart> parts) implements Matrix {
    /** Rows are packed so many bytes at a time. */
    private static final long STAGED_BYTES = 8L << 20;

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
        long codes = aligned(rows * format.codes());
        long high = aligned(rows * format.high());
        long scales = aligned(rows * format.scales());
        long bytes = codes + high + scales + aligned(rows * format.outer());
        Products.prepare(gpu, dtype);
        long address = gpu.allocate(arena, bytes).address();
        CudaPart part = new CudaPart(
                dtype,
                rows,
                columns,
                address,
                format.high() == 0 ? 0 : address + codes,
                format.scales() == 0 ? 0 : address + codes + high,
                format.outer() == 0 ? 0 : address + codes + high + scales,
                rows * format.rowBytes());
        long row = 0;
        for (Tensor tensor : tensors) {
            upload(gpu, tensor, format, part, row);
            row += tensor.rows();
        }
        return part;
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, PLANE_ALIGNMENT) * PLANE_ALIGNMENT;
    }

    private static void upload(Gpu gpu, Tensor tensor, PlaneFormat format, CudaPart part, long firstRow) {
        long rowsMax = Math.clamp(STAGED_BYTES / format.rowBytes(), 1, tensor.rows());
        RowPacker packer = new RowPacker(format, part.columns());
        try (Arena passing = Arena.ofShared()) {
            PlaneMemory staged = PlaneMemory.allocate(passing, format, rowsMax);
            for (long from = 0; from < tensor.rows(); from += rowsMax) {
                long rows = Math.min(rowsMax, tensor.rows() - from);
                for (long row = 0; row < rows; row++) {
                    packer.pack(tensor, from + row, staged, row);
                }
                long to = firstRow + from;
                gpu.run(operation -> {
                    copy(operation, staged.codes(), format.codes(), rows, part.codes(), to);
                    copy(operation, staged.high(), format.high(), rows, part.high(), to);
                    copy(operation, staged.scales(), format.scales(), rows, part.scales(), to);
                    copy(operation, staged.outer(), format.outer(), rows, part.outer(), to);
                });
            }
        }
    }

    private static void copy(
            Operation operation, MemorySegment staged, long rowBytes, long rows, long plane, long firstRow) {
        if (rowBytes > 0) {
            operation.copyToDevice(plane + firstRow * rowBytes, staged.asSlice(0, rows * rowBytes));
        }
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
