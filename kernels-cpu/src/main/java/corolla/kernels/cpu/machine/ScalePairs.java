package corolla.kernels.cpu.machine;

/** See {@link Heads#scalePairs}. */
final class ScalePairs extends Heads {
    private static final int PAIR = 0;
    private static final int SCALE = 1;

    @Override
    int vectors() {
        return 1;
    }

    @Override
    int runs() {
        return 2;
    }

    @Override
    void decode(Assembler to, int rows) {
        load(to, PAIR, 0);
        lowF16(to, SCALE, PAIR);
        storeScale(to, 0, SCALE);
        addMinimum(to, rows, 0, SCALE);
        highF16(to, SCALE, PAIR);
        storeScale(to, 1, SCALE);
        addMinimum(to, rows, 1, SCALE);
    }
}
