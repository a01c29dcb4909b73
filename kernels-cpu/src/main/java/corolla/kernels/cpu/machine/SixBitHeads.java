package corolla.kernels.cpu.machine;

/** See {@link Heads#sixBits}. */
final class SixBitHeads extends Heads {
    private static final int RUNS = 16;
    private static final int RUNS_OF_VECTOR = 4;

    private static final int SCALE = 0;
    private static final int FACTORS = 1;
    private static final int VALUE = 2;

    @Override
    int vectors() {
        return 1 + RUNS / RUNS_OF_VECTOR;
    }

    @Override
    int runs() {
        return RUNS;
    }

    @Override
    void decode(Assembler to, int rows) {
        load(to, SCALE, 0);
        lowF16(to, SCALE, SCALE);
        for (int run = 0; run < RUNS; run++) {
            int place = run % RUNS_OF_VECTOR;
            if (place == 0) {
                load(to, FACTORS, 1 + run / RUNS_OF_VECTOR);
            }
            signedByte(to, VALUE, FACTORS, place);
            to.multiply(VALUE, VALUE, SCALE);
            storeScale(to, run, VALUE);
            addMinimum(to, rows, run, VALUE);
        }
    }
}
