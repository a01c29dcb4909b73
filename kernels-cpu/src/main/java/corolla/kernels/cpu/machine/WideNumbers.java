package corolla.kernels.cpu.machine;

import static corolla.kernels.cpu.machine.PanelRegisters.CONSTANTS;
import static corolla.kernels.cpu.machine.PanelRegisters.NUMBERS;
import static corolla.kernels.cpu.machine.PanelRegisters.PACKED;

/**
 * Numbers of five or six bits: a run's vectors of low bits, eight columns an int, then its vector of high bits. A chain is four columns, the even ones of an
 * int or the odd ones, whose high bits a rotation brings above their low ones.
 */
final class WideNumbers extends Numbers {
    private static final int CHAIN = 4;
    private static final int LOW_BITS = 4;

    private static final int LOW = PACKED;
    private static final int HIGH = PACKED + 1;
    private static final int LOW_MASK = CONSTANTS;
    private static final int MASKS = CONSTANTS + 1;

    private final int bits;
    private final int run;

    WideNumbers(int bits) {
        if (bits != 5 && bits != 6) {
            throw new IllegalArgumentException("numbers of " + bits + " bits in two parts");
        }
        this.bits = bits;
        this.run = GROUP / (bits - LOW_BITS); // whose high bits are an int
    }

    @Override
    int vectors() {
        return runVectors() * GROUP / run;
    }

    private int runVectors() {
        return run / 8 + 1;
    }

    @Override
    int run() {
        return run;
    }

    @Override
    int chain() {
        return CHAIN;
    }

    @Override
    void constants(Assembler to) {
        to.broadcast(LOW_MASK, 0x0f0f0f0f);
        for (int i = 0; i < CHAIN; i++) {
            to.broadcast(MASKS + i, ((1 << bits) - 1) << (Byte.SIZE * i));
        }
    }

    @Override
    void decode(Assembler to, int index) {
        int first = index * CHAIN / run * runVectors();
        int quadruple = index % (run / CHAIN);
        if (quadruple == 0) {
            load(to, HIGH, first + runVectors() - 1);
        }
        if (quadruple % 2 == 0) {
            load(to, LOW, first + quadruple / 2);
        } else {
            to.shiftRight(LOW, LOW, LOW_BITS);
        }
        int number = NUMBERS + CHAIN - 1;
        to.rotateRight(number, HIGH, (bits - LOW_BITS) * quadruple - LOW_BITS & Integer.SIZE - 1);
        to.select(number, LOW, LOW_MASK);
        for (int i = 0; i < CHAIN; i++) {
            to.and(NUMBERS + i, number, MASKS + i);
            to.toFloats(NUMBERS + i, NUMBERS + i);
        }
    }

    @Override
    int column(int index, int i) {
        return index / 2 * 8 + index % 2 + 2 * i;
    }
}
