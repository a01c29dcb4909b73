package corolla.kernels.cpu.machine;

/** See {@link RowNumbers#bytes}. The instruction wants one factor unsigned: weights are made 128 larger. A row ends with its scale. */
final class ByteNumbers extends RowNumbers {
    private static final int ACTIVATIONS = 8;
    private static final int WEIGHTS = 9;
    private static final int SIGNS = CONSTANTS;

    @Override
    String feature() {
        return "avx512_vnni";
    }

    @Override
    int activationBytes() {
        return VECTOR;
    }

    @Override
    int gapBytes() {
        return Float.BYTES;
    }

    @Override
    void constants(Assembler to) {
        to.broadcast(SIGNS, 0x80808080);
    }

    @Override
    void multiply(Assembler to, Register activations, Register... rows) {
        to.load(ACTIVATIONS, activations, 0);
        for (int i = 0; i < ROWS; i++) {
            load(to, WEIGHTS, rows[i]);
            to.exclusiveOr(WEIGHTS, WEIGHTS, SIGNS);
            to.multiplyAddBytes(SUMS + i, WEIGHTS, ACTIVATIONS);
        }
    }

    /** Integers have one sum, in any order. */
    @Override
    void finish(Assembler to, int i) {
        for (int lanes = VECTOR / Integer.BYTES / 2; lanes > 0; lanes /= 2) {
            to.rotateLanes(SPARE, SUMS + i, lanes);
            to.addInts(SUMS + i, SUMS + i, SPARE);
        }
    }
}
