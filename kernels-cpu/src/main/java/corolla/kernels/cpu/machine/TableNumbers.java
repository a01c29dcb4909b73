package corolla.kernels.cpu.machine;

import static corolla.kernels.cpu.machine.PanelRegisters.CONSTANTS;
import static corolla.kernels.cpu.machine.PanelRegisters.NUMBERS;
import static corolla.kernels.cpu.machine.PanelRegisters.PACKED;

/** Numbers of four bits that are looked up: a vector holds the whole table. */
final class TableNumbers extends Numbers {
    private static final int BITS = 4;
    private static final int CHAIN = Integer.SIZE / BITS;

    private final float[] values;

    TableNumbers(float... values) {
        if (values.length != 1 << BITS) {
            throw new IllegalArgumentException("table of " + values.length + " floats for numbers of four bits");
        }
        this.values = values.clone();
    }

    @Override
    int vectors() {
        return GROUP / CHAIN;
    }

    @Override
    int chain() {
        return CHAIN;
    }

    @Override
    void constants(Assembler to) {
        to.loadConstants(CONSTANTS, values);
    }

    @Override
    void decode(Assembler to, int index) {
        load(to, PACKED, index);
        to.permute(NUMBERS, PACKED, CONSTANTS);
        for (int i = 1; i < CHAIN; i++) {
            to.shiftRight(NUMBERS + i, PACKED, BITS * i);
            to.permute(NUMBERS + i, NUMBERS + i, CONSTANTS);
        }
    }
}
