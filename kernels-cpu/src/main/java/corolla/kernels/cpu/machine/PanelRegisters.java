package corolla.kernels.cpu.machine;

import java.util.List;

/** Who uses which register in {@link PanelCode}; those of the arguments first. */
final class PanelRegisters {
    static final int ROWS_MAX = 4;

    /** Walks over a panel's heads, then its numbers, then is at the next panel. */
    static final Register PANEL = Register.RDI;

    static final Register ACTIVATIONS = Register.RSI;
    static final Register OUT = Register.RDX;
    static final Register COUNT = Register.RCX;
    static final Register UNITS = Register.R8;
    static final Register GROUPS = Register.R9;

    /** Walks over the decoded scales. */
    static final Register SCALES = Register.R10;

    /** Rounds of a loop that are left. */
    static final Register LEFT = Register.R11;

    /** Walk over sums of activations, then over activations, one for each row. */
    static final List<Register> WALKS = List.of(Register.RAX, Register.RBX, Register.RBP, Register.R13);

    /** From one row to the next. */
    static final Register ROW_BYTES = Register.R14;

    static final Register OUT_ROW_BYTES = Register.R15;

    /** Registers above that a caller wants back. */
    static final List<Register> SAVED = List.of(Register.RBX, Register.RBP, Register.R13, Register.R14, Register.R15);

    /** Numbers of a chain, up to eight vectors. */
    static final int NUMBERS = 0;

    /** What the numbers are made from, two vectors. */
    static final int PACKED = 8;

    /** From here on a vector for each row, of products that are not yet added, of a scale's columns, and of all. */
    static final int CHAIN = 10;

    static final int GROUP = 14;
    static final int TOTAL = 18;

    /** Vectors that never change, for numbers and for heads. */
    static final int CONSTANTS = 22;

    static final int HEAD_CONSTANTS = 29;

    private PanelRegisters() {}
}
