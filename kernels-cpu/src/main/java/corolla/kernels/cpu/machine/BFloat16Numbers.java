package corolla.kernels.cpu.machine;

/** See {@link RowNumbers#bfloat16}. Two sums a row, for even and odd columns. */
final class BFloat16Numbers extends HalfNumbers {
    private static final int ODD_SUMS = SUMS + ROWS;
    private static final int HIGH = CONSTANTS;

    @Override
    int sums() {
        return 2 * ROWS;
    }

    @Override
    void constants(Assembler to) {
        to.broadcast(HIGH, 0xffff0000);
    }

    @Override
    void multiplyBoth(Assembler to, int i) {
        to.multiplyAdd(SUMS + i, LOW, EVEN);
        to.and(BOTH, BOTH, HIGH);
        to.multiplyAdd(ODD_SUMS + i, BOTH, ODD);
    }

    @Override
    void finish(Assembler to, int i) {
        to.addFloats(SUMS + i, SUMS + i, ODD_SUMS + i);
        sumLanes(to, SUMS + i);
    }
}
