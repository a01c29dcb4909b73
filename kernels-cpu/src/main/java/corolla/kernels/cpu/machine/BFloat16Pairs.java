package corolla.kernels.cpu.machine;

/** See {@link Heads#bfloat16Pairs}. */
final class BFloat16Pairs extends Heads {
    private static final int PAIR = 0;
    private static final int SCALE = 1;
    private static final int HIGH = PanelRegisters.HEAD_CONSTANTS;

    @Override
    int vectors() {
        return 1;
    }

    @Override
    int runs() {
        return 2;
    }

    @Override
    void constants(Assembler to) {
        to.broadcast(HIGH, 0xffff0000);
    }

    @Override
    void decode(Assembler to, int rows) {
        load(to, PAIR, 0);
        to.shiftLeft(SCALE, PAIR, Short.SIZE);
        storeScale(to, 0, SCALE);
        to.and(SCALE, PAIR, HIGH);
        storeScale(to, 1, SCALE);
    }
}
