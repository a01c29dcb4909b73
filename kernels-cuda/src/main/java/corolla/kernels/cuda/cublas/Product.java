package corolla.kernels.cuda.cublas;

/**
 * A product of what lies at these addresses of the device.
 *
 * @param add whether it is added to the outputs that are there
 */
public record Product(ProductShape shape, long weights, long inputs, long outputs, boolean add) {
    private static final int ALIGNMENT_MAX = 256; // cuBLASLt's own default

    /** What an algorithm is chosen for: the shape, and what the addresses are multiples of. */
    record Key(ProductShape shape, int weights, int inputs, int outputs) {
        /** For messages. */
        @Override
        public String toString() {
            return shape + ", addresses multiples of " + weights + ", " + inputs + ", " + outputs;
        }
    }

    Key key() {
        return new Key(shape, alignment(weights), alignment(inputs), alignment(outputs));
    }

    private static int alignment(long address) {
        return (int) Math.min(ALIGNMENT_MAX, Long.lowestOneBit(address | ALIGNMENT_MAX));
    }
}
