package corolla.kernels.cpu.machine;

/** Who uses which register in {@link PanelCode}; those of the arguments first. */
final class PanelRegisters {
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

    /** Walks over sums of activations, then over activations. */
    static final Register WALK = Register.RAX;

    /** Numbers of a chain, up to eight vectors. */
    static final int NUMBERS = 0;

    /** What the numbers are made from, two vectors. */
    static final int PACKED = 8;

    static final int CHAIN = 10;
    static final int GROUP = 11;
    static final int TOTAL = 12;

    /** Vectors that never change, for numbers and for heads. */
    static final int CONSTANTS = 16;

    static final int HEAD_CONSTANTS = 24;

    private PanelRegisters() {}
}
