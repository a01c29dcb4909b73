package corolla.kernels.cpu.machine;

/** See {@link Heads#scaleAndMinimum}. */
final class ScaleAndMinimum extends Heads {
    private static final int BOTH = 0;
    private static final int VALUE = 1;

    @Override
    int vectors() {
        return 1;
    }

    @Override
    int runs() {
        return 1;
    }

    @Override
    void decode(Assembler to, int rows) {
        load(to, BOTH, 0);
        lowF16(to, VALUE, BOTH);
        storeScale(to, 0, VALUE);
        highF16(to, VALUE, BOTH);
        addMinimum(to, rows, 0, VALUE);
    }
}
