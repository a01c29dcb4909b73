package corolla.kernels.cpu.machine;

import static corolla.kernels.cpu.machine.PanelRegisters.ACTIVATIONS;
import static corolla.kernels.cpu.machine.PanelRegisters.CHAIN;
import static corolla.kernels.cpu.machine.PanelRegisters.COUNT;
import static corolla.kernels.cpu.machine.PanelRegisters.GROUP;
import static corolla.kernels.cpu.machine.PanelRegisters.GROUPS;
import static corolla.kernels.cpu.machine.PanelRegisters.LEFT;
import static corolla.kernels.cpu.machine.PanelRegisters.NUMBERS;
import static corolla.kernels.cpu.machine.PanelRegisters.OUT;
import static corolla.kernels.cpu.machine.PanelRegisters.PANEL;
import static corolla.kernels.cpu.machine.PanelRegisters.SCALES;
import static corolla.kernels.cpu.machine.PanelRegisters.TOTAL;
import static corolla.kernels.cpu.machine.PanelRegisters.UNITS;
import static corolla.kernels.cpu.machine.PanelRegisters.WALK;

/**
 * Assembles the product of panels and one row of activations: {@code void (panels, activations, out, panelCount, units, groups)}, for panels one behind the
 * other. A panel is walked over once: first its heads, whose scales are stored behind the activations and their sums, then its numbers. Operations and their
 * order are those of the Vector API's kernel.
 */
final class PanelCode {
    private static final int VECTOR = Numbers.VECTOR;

    private final Assembler to = new Assembler();
    private final Heads heads;
    private final Numbers numbers;

    private PanelCode(Heads heads, Numbers numbers) {
        this.heads = heads;
        this.numbers = numbers;
    }

    static byte[] assemble(Heads heads, Numbers numbers) {
        PanelCode code = new PanelCode(heads, numbers);
        code.panels();
        return code.to.bytes();
    }

    private void panels() {
        heads.constants(to);
        numbers.constants(to);
        int panel = to.label();
        heads();
        products();
        to.store(OUT, 0, TOTAL);
        to.add(OUT, VECTOR);
        to.add(COUNT, -1);
        to.jumpIfNotZero(panel);
        to.end();
    }

    private void heads() {
        to.zero(TOTAL);
        start();
        to.move(LEFT, UNITS);
        int unit = to.label();
        heads.decode(to);
        to.add(PANEL, heads.vectors() * VECTOR);
        to.add(WALK, heads.runs() * Float.BYTES);
        to.add(SCALES, heads.runs() * VECTOR);
        to.add(LEFT, -1);
        to.jumpIfNotZero(unit);
    }

    /** Where sums begin, behind the activations, and where scales do, behind the sums and a vector that only the Vector API's kernel uses. */
    private void start() {
        to.multiply(WALK, GROUPS, Numbers.GROUP * Float.BYTES);
        to.add(WALK, ACTIVATIONS);
        to.multiply(SCALES, UNITS, heads.runs() * Float.BYTES);
        to.add(SCALES, WALK);
        to.add(SCALES, VECTOR);
    }

    private void products() {
        start();
        to.move(WALK, ACTIVATIONS);
        to.move(LEFT, GROUPS);
        int runs = Numbers.GROUP / numbers.run();
        int group = to.label();
        for (int run = 0; run < runs; run++) {
            run(run);
            to.multiplyAdd(TOTAL, GROUP, SCALES, run * VECTOR);
        }
        to.add(PANEL, numbers.vectors() * VECTOR);
        to.add(WALK, Numbers.GROUP * Float.BYTES);
        to.add(SCALES, runs * VECTOR);
        to.add(LEFT, -1);
        to.jumpIfNotZero(group);
    }

    /** The sum of a run's numbers times activations. */
    private void run(int index) {
        to.zero(GROUP);
        int chains = numbers.run() / numbers.chain();
        for (int chain = index * chains; chain < (index + 1) * chains; chain++) {
            numbers.decode(to, chain);
            to.multiplyByFloat(CHAIN, NUMBERS, WALK, numbers.column(chain, 0) * Float.BYTES);
            for (int i = 1; i < numbers.chain(); i++) {
                to.multiplyAddByFloat(CHAIN, NUMBERS + i, WALK, numbers.column(chain, i) * Float.BYTES);
            }
            to.addFloats(GROUP, GROUP, CHAIN);
        }
    }
}
