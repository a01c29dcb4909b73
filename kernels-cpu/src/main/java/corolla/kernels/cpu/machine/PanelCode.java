package corolla.kernels.cpu.machine;

import static corolla.kernels.cpu.machine.PanelRegisters.ACTIVATIONS;
import static corolla.kernels.cpu.machine.PanelRegisters.CHAIN;
import static corolla.kernels.cpu.machine.PanelRegisters.COUNT;
import static corolla.kernels.cpu.machine.PanelRegisters.GROUP;
import static corolla.kernels.cpu.machine.PanelRegisters.GROUPS;
import static corolla.kernels.cpu.machine.PanelRegisters.LEFT;
import static corolla.kernels.cpu.machine.PanelRegisters.NUMBERS;
import static corolla.kernels.cpu.machine.PanelRegisters.OUT;
import static corolla.kernels.cpu.machine.PanelRegisters.OUT_ROW_BYTES;
import static corolla.kernels.cpu.machine.PanelRegisters.PANEL;
import static corolla.kernels.cpu.machine.PanelRegisters.ROW_BYTES;
import static corolla.kernels.cpu.machine.PanelRegisters.SAVED;
import static corolla.kernels.cpu.machine.PanelRegisters.SCALES;
import static corolla.kernels.cpu.machine.PanelRegisters.TOTAL;
import static corolla.kernels.cpu.machine.PanelRegisters.UNITS;
import static corolla.kernels.cpu.machine.PanelRegisters.WALKS;

/**
 * Assembles the product of panels and some rows of activations: {@code void (panels, activations, out, panelCount, units, groups, rowBytes, outRowBytes)}, for
 * panels one behind the other. A panel is walked over once: first its heads, whose scales are stored behind the first row's activations and their sums, then its
 * numbers, which are decoded once for all rows. For each row operations and their order are those of the Vector API's kernel.
 */
final class PanelCode {
    private static final int VECTOR = Numbers.VECTOR;

    private final Assembler to = new Assembler();
    private final Heads heads;
    private final Numbers numbers;
    private final int rows;

    private PanelCode(Heads heads, Numbers numbers, int rows) {
        this.heads = heads;
        this.numbers = numbers;
        this.rows = rows;
    }

    static byte[] assemble(Heads heads, Numbers numbers, int rows) {
        PanelCode code = new PanelCode(heads, numbers, rows);
        SAVED.forEach(code.to::push);
        code.panels();
        SAVED.reversed().forEach(code.to::pop);
        code.to.end();
        return code.to.bytes();
    }

    private void panels() {
        to.loadArgument(ROW_BYTES, SAVED.size());
        to.loadArgument(OUT_ROW_BYTES, SAVED.size() + 1);
        heads.constants(to);
        numbers.constants(to);
        int panel = to.label();
        heads();
        products();
        store();
        to.add(COUNT, -1);
        to.jumpIfNotZero(panel);
    }

    private void heads() {
        for (int row = 0; row < rows; row++) {
            to.zero(TOTAL + row);
        }
        toSums();
        to.move(LEFT, UNITS);
        int unit = to.label();
        heads.decode(to, rows);
        to.add(PANEL, heads.vectors() * VECTOR);
        walk(heads.runs() * Float.BYTES);
        to.add(SCALES, heads.runs() * VECTOR);
        to.add(LEFT, -1);
        to.jumpIfNotZero(unit);
    }

    private void products() {
        toSums();
        to.move(WALKS.getFirst(), ACTIVATIONS);
        otherRows();
        to.move(LEFT, GROUPS);
        int runs = Numbers.GROUP / numbers.run();
        int group = to.label();
        for (int run = 0; run < runs; run++) {
            run(run);
            for (int row = 0; row < rows; row++) {
                to.multiplyAdd(TOTAL + row, GROUP + row, SCALES, run * VECTOR);
            }
        }
        to.add(PANEL, numbers.vectors() * VECTOR);
        walk(Numbers.GROUP * Float.BYTES);
        to.add(SCALES, runs * VECTOR);
        to.add(LEFT, -1);
        to.jumpIfNotZero(group);
    }

    /** To where sums begin, behind the activations, and where scales do, behind the sums and a vector that only the Vector API's kernel uses. */
    private void toSums() {
        Register walk = WALKS.getFirst();
        to.multiply(walk, GROUPS, Numbers.GROUP * Float.BYTES);
        to.add(walk, ACTIVATIONS);
        to.multiply(SCALES, UNITS, heads.runs() * Float.BYTES);
        to.add(SCALES, walk);
        to.add(SCALES, VECTOR);
        otherRows();
    }

    private void otherRows() {
        for (int row = 1; row < rows; row++) {
            to.move(WALKS.get(row), WALKS.get(row - 1));
            to.add(WALKS.get(row), ROW_BYTES);
        }
    }

    private void walk(int bytes) {
        for (int row = 0; row < rows; row++) {
            to.add(WALKS.get(row), bytes);
        }
    }

    /** The sums of a run's numbers times activations. */
    private void run(int index) {
        for (int row = 0; row < rows; row++) {
            to.zero(GROUP + row);
        }
        int chains = numbers.run() / numbers.chain();
        for (int chain = index * chains; chain < (index + 1) * chains; chain++) {
            numbers.decode(to, chain);
            for (int i = 0; i < numbers.chain(); i++) {
                multiply(i, numbers.column(chain, i) * Float.BYTES);
            }
            for (int row = 0; row < rows; row++) {
                to.addFloats(GROUP + row, GROUP + row, CHAIN + row);
            }
        }
    }

    /** The first number begins the chain. */
    private void multiply(int number, int distance) {
        for (int row = 0; row < rows; row++) {
            if (number == 0) {
                to.multiplyByFloat(CHAIN + row, NUMBERS, WALKS.get(row), distance);
            } else {
                to.multiplyAddByFloat(CHAIN + row, NUMBERS + number, WALKS.get(row), distance);
            }
        }
    }

    private void store() {
        Register place = SCALES;
        to.move(place, OUT);
        for (int row = 0; row < rows; row++) {
            to.store(place, 0, TOTAL + row);
            to.add(place, OUT_ROW_BYTES);
        }
        to.add(OUT, VECTOR);
    }
}
