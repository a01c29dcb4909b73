package corolla.tensor;

/**
 * Where vectors of heads lie in an f32 tensor, in elements.
 *
 * @param start of the first row's first head
 * @param head from one head to the next
 * @param row from one row to the next
 */
public record HeadVectors(Tensor tensor, long start, long head, long row) {

    /** In rows of a tensor, from {@code column} on. */
    public static HeadVectors inRows(Tensor tensor, long column, long head) {
        return new HeadVectors(tensor, column, head, tensor.columns());
    }

    /** In a tensor of (heads · rows, size): all rows of a head follow each other. */
    public static HeadVectors byHead(Tensor tensor, int heads) {
        return new HeadVectors(tensor, 0, tensor.elements() / heads, tensor.columns());
    }

    /** In bytes. */
    long at(long ofHead, long ofRow) {
        return Float.BYTES * (start + ofHead * head + ofRow * row);
    }

    /** @throws IllegalArgumentException when the last of these vectors does not lie in the tensor */
    public void check(int heads, long rows, int size) {
        Check.floats("vectors", tensor);
        long last = start + Math.max(0, heads - 1) * head + Math.max(0, rows - 1) * row;
        if (heads > 0 && rows > 0 && (start < 0 || head < 0 || row < 0 || last + size > tensor.elements())) {
            throw new IllegalArgumentException(
                    heads + " by " + rows + " vectors of " + size + " from " + start + " on do not lie in " + tensor);
        }
    }
}
