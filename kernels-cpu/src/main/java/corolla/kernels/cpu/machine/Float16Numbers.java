package corolla.kernels.cpu.machine;

/** See {@link RowNumbers#float16}. Bits moved to where f32 has its own are the number times 2^-112, see {@link Heads#highF16}. */
final class Float16Numbers extends HalfNumbers {
    private static final int BITS = CONSTANTS;
    private static final int SCALE = CONSTANTS + 1;

    @Override
    void constants(Assembler to) {
        to.broadcast(BITS, 0x8fffe000);
        to.broadcast(SCALE, Float.floatToRawIntBits(0x1p56f));
    }

    @Override
    void multiplyBoth(Assembler to, int i) {
        multiplyHigh(to, SUMS + i, LOW, EVEN);
        multiplyHigh(to, SUMS + i, BOTH, ODD);
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
