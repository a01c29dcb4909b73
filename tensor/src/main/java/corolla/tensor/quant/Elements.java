package corolla.tensor.quant;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Converts between floats and tensors of any type. Clear, not fast: for loading, tests and the reference. */
public final class Elements {
    private Elements() {}

    /** Decodes one row of a tensor seen as a matrix to {@code out[0 ... columns)}. */
    public static void decodeRow(Tensor tensor, long row, float[] out) {
        Objects.checkIndex(row, tensor.rows());
        Objects.checkFromToIndex(0, tensor.columns(), out.length);
        int columns = Math.toIntExact(tensor.columns());
        if (tensor.dtype() == DType.F32) {
            MemorySegment.copy(tensor.data(), Tensor.FLOAT, row * tensor.rowBytes(), out, 0, columns);
        } else {
            RowCodec.of(tensor.dtype()).decode(tensor.data(), row * tensor.rowBytes(), columns, out);
        }
    }

    /** Encodes {@code in[0 ... columns)} as one row of a tensor seen as a matrix. */
    public static void encodeRow(float[] in, Tensor tensor, long row) {
        Objects.checkIndex(row, tensor.rows());
        Objects.checkFromToIndex(0, tensor.columns(), in.length);
        RowCodec.of(tensor.dtype())
                .encode(in, Math.toIntExact(tensor.columns()), tensor.data(), row * tensor.rowBytes());
    }

    /** A copy of {@code tensor} in another type: rounded or quantised where that holds less. */
    public static Tensor convert(Arena arena, Tensor tensor, DType dtype) {
        Tensor converted = Tensor.allocate(arena, dtype, tensor.shape().toArray());
        float[] row = new float[Math.toIntExact(tensor.columns())];
        for (long i = 0; i < tensor.rows(); i++) {
            decodeRow(tensor, i, row);
            encodeRow(row, converted, i);
        }
        return converted;
    }
}
