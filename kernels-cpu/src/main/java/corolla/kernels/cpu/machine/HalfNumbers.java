package corolla.kernels.cpu.machine;

/** Weights of 16 bits: an int has an even column low and the odd one after it high. */
abstract sealed class HalfNumbers extends RowNumbers permits BFloat16Numbers, Float16Numbers {
    /** Activations of even columns, and of odd ones. */
    static final int EVEN = 8;

    static final int ODD = 9;

    /** Weights of both columns, the odd one high. */
    static final int BOTH = 10;

    /** Weights of even columns, high. */
    static final int LOW = 11;

    @Override
    final String feature() {
        return "avx512f";
    }

    @Override
    final int activationBytes() {
        return 2 * VECTOR;
    }

    @Override
    final int gapBytes() {
        return 0;
    }

    @Override
    final void multiply(Assembler to, Register activations, Register... rows) {
        to.load(EVEN, activations, 0);
        to.load(ODD, activations, VECTOR);
        for (int i = 0; i < ROWS; i++) {
            load(to, BOTH, rows[i]);
            to.shiftLeft(LOW, BOTH, Short.SIZE);
            multiplyBoth(to, i);
        }
    }

    /** Adds {@link #LOW} times {@link #EVEN} and {@link #BOTH} times {@link #ODD} to the sums of row {@code i}; may change the weights. */
    abstract void multiplyBoth(Assembler to, int i);
}
