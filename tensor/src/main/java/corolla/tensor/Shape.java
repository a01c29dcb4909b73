package corolla.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The sizes of a tensor's dimensions, outermost first; row-major. Immutable. A shape without dimensions is a scalar's. */
public final class Shape {
    private final long[] dimensions;
    private final long elements;

    private Shape(long[] dimensions) {
        this.dimensions = dimensions;
        long product = 1;
        for (long size : dimensions) {
            if (size < 0) {
                throw new IllegalArgumentException("negative dimension in shape " + Arrays.toString(dimensions));
            }
            product = Math.multiplyExact(product, size);
        }
        this.elements = product;
    }

    /**
     * A shape of these sizes.
     *
     * @throws IllegalArgumentException when a size is negative
     * @throws ArithmeticException when the number of elements exceeds 2^63 - 1
     */
    public static Shape of(long... dimensions) {
        return new Shape(dimensions.clone());
    }

    /** How many dimensions. */
    public int rank() {
        return dimensions.length;
    }

    /** Size of one dimension; a negative index counts from the last, which is -1. */
    public long size(int dimension) {
        return dimensions[dimension < 0 ? dimensions.length + dimension : dimension];
    }

    /** Product of all sizes. */
    public long elements() {
        return elements;
    }

    /** Size of the last dimension; 1 for a scalar. */
    public long columns() {
        return dimensions.length == 0 ? 1 : dimensions[dimensions.length - 1];
    }

    /** Product of all sizes but the last: the tensor seen as a matrix has this many rows. */
    public long rows() {
        return columns() == 0 ? 0 : elements / columns();
    }

    public long[] toArray() {
        return dimensions.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dimensions, shape.dimensions);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dimensions);
    }

    /** For example {@code (2, 3, 64)}. */
    @Override
    public String toString() {
        return Arrays.stream(dimensions).mapToObj(Long::toString).collect(Collectors.joining(", ", "(", ")"));
    }
}
