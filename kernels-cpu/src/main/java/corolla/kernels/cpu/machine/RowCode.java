package corolla.kernels.cpu.machine;

import static corolla.kernels.cpu.machine.Register.R10;
import static corolla.kernels.cpu.machine.Register.R11;
import static corolla.kernels.cpu.machine.Register.R8;
import static corolla.kernels.cpu.machine.Register.R9;
import static corolla.kernels.cpu.machine.Register.RAX;
import static corolla.kernels.cpu.machine.Register.RBX;
import static corolla.kernels.cpu.machine.Register.RCX;
import static corolla.kernels.cpu.machine.Register.RDI;
import static corolla.kernels.cpu.machine.Register.RDX;
import static corolla.kernels.cpu.machine.Register.RSI;

/**
 * Assembles the product of rows of weights in four runs and one row of activations: {@code void (weights, runBytes, activations, out, rows, vectors, outRunBytes)}.
 * Rows of a run lie one behind the other, {@code vectors} vectors each.
 */
final class RowCode {
    private static final int ROWS = RowNumbers.ROWS;
    private static final Register[] RUNS = {RDI, R10, R11, RSI};
    private static final Register RUN_BYTES = RSI; // until the last run is known
    private static final Register ACTIVATIONS = RDX;
    private static final Register OUT = RCX;
    private static final Register COUNT = R8;
    private static final Register VECTORS = R9;
    private static final Register OUT_RUN_BYTES = RBX;
    private static final Register LEFT = RAX; // vectors of these rows
    private static final Register PLACE = RAX; // after them

    private final Assembler to = new Assembler();
    private final RowNumbers numbers;

    private RowCode(RowNumbers numbers) {
        this.numbers = numbers;
    }

    static byte[] assemble(RowNumbers numbers) {
        RowCode code = new RowCode(numbers);
        code.rows();
        return code.to.bytes();
    }

    private void rows() {
        to.push(OUT_RUN_BYTES);
        to.loadArgument(OUT_RUN_BYTES, 1);
        numbers.constants(to);
        for (int i = 1; i < ROWS - 1; i++) {
            to.move(RUNS[i], RUNS[i - 1]);
            to.add(RUNS[i], RUN_BYTES);
        }
        to.add(RUN_BYTES, RUNS[ROWS - 2]);
        int row = to.label();
        products();
        store();
        to.add(COUNT, -1);
        to.jumpIfNotZero(row);
        to.pop(OUT_RUN_BYTES);
        to.end();
    }

    /** Of one row of each run. */
    private void products() {
        numbers.clear(to);
        to.move(LEFT, VECTORS);
        int vector = to.label();
        numbers.multiply(to, ACTIVATIONS, RUNS);
        for (Register run : RUNS) {
            to.add(run, RowNumbers.VECTOR);
        }
        to.add(ACTIVATIONS, numbers.activationBytes());
        to.add(LEFT, -1);
        to.jumpIfNotZero(vector);
        to.multiply(PLACE, VECTORS, -numbers.activationBytes());
        to.add(ACTIVATIONS, PLACE);
        for (Register run : RUNS) {
            to.add(run, numbers.gapBytes());
        }
    }

    private void store() {
        to.move(PLACE, OUT);
        for (int i = 0; i < ROWS; i++) {
            numbers.finish(to, i);
            to.storeLane(PLACE, 0, RowNumbers.SUMS + i);
            to.add(PLACE, OUT_RUN_BYTES);
        }
        to.add(OUT, Float.BYTES);
    }
}
