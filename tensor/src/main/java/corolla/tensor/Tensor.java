package corolla.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/**
 * A view of memory as a row-major array of numbers. Owns nothing: who allocated or mapped {@code data} keeps its arena.
 * The record is immutable, its memory is not; no method synchronises.
 *
 * @param data off-heap or heap memory, exactly as long as the shape needs
 * @param dtype how elements are stored
 * @param shape sizes, outermost first
 */
public record Tensor(MemorySegment data, DType dtype, Shape shape) {
    /** Cache lines and the widest vector registers both have this size. */
    public static final long ALIGNMENT = 64;

    public static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public Tensor {
        long expected = dtype.bytes(shape);
        if (data.byteSize() != expected) {
            throw new IllegalArgumentException(
                    dtype + " tensor " + shape + " needs " + expected + " bytes, memory has " + data.byteSize());
        }
    }

    /** A tensor of zeros that lives as long as {@code arena}. */
    public static Tensor allocate(Arena arena, DType dtype, long... dimensions) {
        Shape shape = Shape.of(dimensions);
        return new Tensor(arena.allocate(dtype.bytes(shape), ALIGNMENT), dtype, shape);
    }

    /** A copy of {@code values} as an f32 tensor that lives as long as {@code arena}. */
    public static Tensor of(Arena arena, float[] values, long... dimensions) {
        Tensor tensor = allocate(arena, DType.F32, dimensions);
        if (values.length != tensor.elements()) {
            throw new IllegalArgumentException(values.length + " values for shape " + tensor.shape);
        }
        MemorySegment.copy(values, 0, tensor.data, FLOAT, 0, values.length);
        return tensor;
    }

    public long elements() {
        return shape.elements();
    }

    /** All dimensions but the last taken together. */
    public long rows() {
        return shape.rows();
    }

    /** Size of the last dimension. */
    public long columns() {
        return shape.columns();
    }

    public long rowBytes() {
        return dtype.rowBytes(columns());
    }

    /** Rows {@code [from, to)} of this tensor seen as a matrix, as a view of shape (to - from, columns). */
    public Tensor slice(long from, long to) {
        Objects.checkFromToIndex(from, to, rows());
        return new Tensor(
                data.asSlice(from * rowBytes(), (to - from) * rowBytes()), dtype, Shape.of(to - from, columns()));
    }

    /** The part with this index of the first dimension, as a view with one dimension less. */
    public Tensor part(long index) {
        Objects.checkIndex(index, shape.size(0));
        long[] all = shape.toArray();
        Shape rest = Shape.of(Arrays.copyOfRange(all, 1, all.length));
        long bytes = dtype.bytes(rest);
        return new Tensor(data.asSlice(index * bytes, bytes), dtype, rest);
    }

    /** The same elements under another shape. */
    public Tensor reshape(long... dimensions) {
        return new Tensor(data, dtype, Shape.of(dimensions));
    }

    /** One element of an f32 tensor by its place in row-major order. */
    public float getFloat(long index) {
        requireFloats();
        return data.getAtIndex(FLOAT, index);
    }

    /** Sets one element of an f32 tensor by its place in row-major order. */
    public void setFloat(long index, float value) {
        requireFloats();
        data.setAtIndex(FLOAT, index, value);
    }

    /** A copy of all elements of an f32 tensor. */
    public float[] toFloats() {
        requireFloats();
        return data.toArray(FLOAT);
    }

    /** Copies the elements of a tensor of the same dtype and number of elements into this one. */
    public void copyFrom(Tensor source) {
        if (source.dtype != dtype || source.elements() != elements()) {
            throw new IllegalArgumentException("cannot copy " + source + " into " + this);
        }
        data.copyFrom(source.data);
    }

    private void requireFloats() {
        if (dtype != DType.F32) {
            throw new IllegalArgumentException("expected an F32 tensor, this one is " + dtype);
        }
    }

    /** Type and shape, never the contents. */
    @Override
    public String toString() {
        return dtype + shape.toString();
    }
}
