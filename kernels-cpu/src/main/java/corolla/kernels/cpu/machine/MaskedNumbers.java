package corolla.kernels.cpu.machine;

import static corolla.kernels.cpu.machine.PanelRegisters.CONSTANTS;
import static corolla.kernels.cpu.machine.PanelRegisters.NUMBERS;
import static corolla.kernels.cpu.machine.PanelRegisters.PACKED;

/** Numbers that are masked in place: activations are scaled accordingly. The last of an int is shifted, for its sign. */
final class MaskedNumbers extends Numbers {
    private static final int CHAIN = 8;

    private final int bits;
    private final int columns; // of an int

    MaskedNumbers(int bits) {
        if (bits != 4 && bits != 8) {
            throw new IllegalArgumentException("numbers of " + bits + " bits in one part");
        }
        this.bits = bits;
        this.columns = Integer.SIZE / bits;
    }

    @Override
    int vectors() {
        return GROUP / columns;
    }

    @Override
    int chain() {
        return CHAIN;
    }

    @Override
    void constants(Assembler to) {
        for (int i = 0; i < columns - 1; i++) {
            to.broadcast(CONSTANTS + i, ((1 << bits) - 1) << (bits * i));
        }
    }

    @Override
    void decode(Assembler to, int index) {
        for (int first = 0; first < CHAIN; first += columns) {
            load(to, PACKED, (index * CHAIN + first) / columns);
            int last = first + columns - 1;
            for (int i = first; i < last; i++) {
                to.and(NUMBERS + i, PACKED, CONSTANTS + i - first);
            }
            to.shiftRight(NUMBERS + last, PACKED, Integer.SIZE - bits);
        }
        for (int i = 0; i < CHAIN; i++) {
            to.toFloats(NUMBERS + i, NUMBERS + i);
        }
    }
}
