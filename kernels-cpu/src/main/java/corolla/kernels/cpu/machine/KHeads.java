package corolla.kernels.cpu.machine;

/** See {@link Heads#k}. */
final class KHeads extends Heads {
    private static final int RUNS = 8;
    private static final int RUNS_OF_VECTOR = 2;

    private static final int BOTH = 0;
    private static final int SCALE = 1;
    private static final int MINIMUM = 2;
    private static final int FACTORS = 3;
    private static final int VALUE = 4;
    private static final int BYTE = PanelRegisters.HEAD_CONSTANTS + 2;

    @Override
    int vectors() {
        return 1 + RUNS / RUNS_OF_VECTOR;
    }

    @Override
    int runs() {
        return RUNS;
    }

    @Override
    void constants(Assembler to) {
        super.constants(to);
        to.broadcast(BYTE, 0xff);
    }

    @Override
    void decode(Assembler to, int rows) {
        load(to, BOTH, 0);
        lowF16(to, SCALE, BOTH);
        highF16(to, MINIMUM, BOTH);
        for (int run = 0; run < RUNS; run++) {
            int place = run % RUNS_OF_VECTOR;
            if (place == 0) {
                load(to, FACTORS, 1 + run / RUNS_OF_VECTOR);
            }
            multiplyByByte(to, SCALE, 2 * place);
            storeScale(to, run, VALUE);
            multiplyByByte(to, MINIMUM, 2 * place + 1);
            addMinimum(to, rows, run, VALUE);
        }
    }

    private static void multiplyByByte(Assembler to, int number, int index) {
        to.shiftRight(VALUE, FACTORS, Byte.SIZE * index);
        to.and(VALUE, VALUE, BYTE);
        to.toFloats(VALUE, VALUE);
        to.multiply(VALUE, VALUE, number);
    }
}
