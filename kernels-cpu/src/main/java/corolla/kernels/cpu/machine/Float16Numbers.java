package corolla.kernels.cpu.machine;

/** See {@link RowNumbers#float16}. An int has an even column low and the odd one after it high, whose bits are the number times 2^-112, see {@link Heads#highF16}. */
final class Float16Numbers extends RowNumbers {
    private static final int EVEN = 8;
    private static final int ODD = 9;
    private static final int BOTH = 10;
    private static final int LOW = 11;
    private static final int BITS = CONSTANTS;
    private static final int SCALE = CONSTANTS + 1;

    @Override
    String feature() {
        return "avx512f";
    }

    @Override
    int activationBytes() {
        return 2 * VECTOR;
    }

    @Override
    int gapBytes() {
        return 0;
    }

    @Override
    void constants(Assembler to) {
        to.broadcast(BITS, 0x8fffe000);
        to.broadcast(SCALE, Float.floatToRawIntBits(0x1p56f));
    }

    @Override
    void clear(Assembler to) {
        for (int i = 0; i < ROWS; i++) {
            to.zero(SUMS + i);
        }
    }

    @Override
    void multiply(Assembler to, Register activations, Register... rows) {
        to.load(EVEN, activations, 0);
        to.load(ODD, activations, VECTOR);
        for (int i = 0; i < ROWS; i++) {
            load(to, BOTH, rows[i]);
            to.shiftLeft(LOW, BOTH, Short.SIZE);
            multiplyHigh(to, SUMS + i, LOW, EVEN);
            multiplyHigh(to, SUMS + i, BOTH, ODD);
        }
    }

    private static void multiplyHigh(Assembler to, int sum, int halves, int activations) {
        to.shiftRightSigned(halves, halves, 3);
        to.and(halves, halves, BITS);
        to.multiplyAdd(sum, halves, activations);
    }

    @Override
    void finish(Assembler to, int i) {
        sumLanes(to, SUMS + i);
        to.multiply(SUMS + i, SUMS + i, SCALE);
    }
}
