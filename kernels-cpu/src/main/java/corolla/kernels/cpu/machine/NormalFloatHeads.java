package corolla.kernels.cpu.machine;

/** See {@link Heads#normalFloat}. */
final class NormalFloatHeads extends Heads {
    private static final int BLOCKS = 8;
    private static final int BLOCKS_OF_VECTOR = 4;
    private static final int RUNS_OF_BLOCK = 2;

    private static final int MEAN = 0;
    private static final int SCALE = 1;
    private static final int BYTES = 2;
    private static final int VALUE = 3;

    @Override
    int vectors() {
        return 2 + BLOCKS / BLOCKS_OF_VECTOR;
    }

    @Override
    int runs() {
        return BLOCKS * RUNS_OF_BLOCK;
    }

    @Override
    void constants(Assembler to) {}

    @Override
    void decode(Assembler to, int rows) {
        load(to, MEAN, 0);
        load(to, SCALE, 1);
        for (int block = 0; block < BLOCKS; block++) {
            int place = block % BLOCKS_OF_VECTOR;
            if (place == 0) {
                load(to, BYTES, 2 + block / BLOCKS_OF_VECTOR);
            }
            signedByte(to, VALUE, BYTES, place);
            to.multiplyThenAdd(VALUE, SCALE, MEAN);
            for (int i = 0; i < RUNS_OF_BLOCK; i++) {
                storeScale(to, block * RUNS_OF_BLOCK + i, VALUE);
            }
        }
    }
}
