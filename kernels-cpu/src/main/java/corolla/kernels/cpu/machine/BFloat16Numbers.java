package corolla.kernels.cpu.machine;

/** See {@link RowNumbers#bfloat16}. An int has an even column low and the odd one after it high. */
final class BFloat16Numbers extends RowNumbers {
    private static final int ODD_SUMS = SUMS + ROWS;
    private static final int EVEN = 8;
    private static final int ODD = 9;
    private static final int BOTH = 10;
    private static final int LOW = 11;
    private static final int HIGH = CONSTANTS;

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
        to.broadcast(HIGH, 0xffff0000);
    }

    @Override
    void clear(Assembler to) {
        for (int i = 0; i < 2 * ROWS; i++) {
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
            to.multiplyAdd(SUMS + i, LOW, EVEN);
            to.and(BOTH, BOTH, HIGH);
            to.multiplyAdd(ODD_SUMS + i, BOTH, ODD);
        }
    }

    @Override
    void finish(Assembler to, int i) {
        to.addFloats(SUMS + i, SUMS + i, ODD_SUMS + i);
        sumLanes(to, SUMS + i);
    }
}
