package corolla.cli.table3;

/** A column of Table 3. */
public enum Cell {
    STEPS_128(Kind.STEPS, 1, 128),
    STEPS_2048(Kind.STEPS, 1, 2048),
    FORWARD_1(Kind.FORWARD, 1, 128),
    FORWARD_64(Kind.FORWARD, 64, 128);

    /** What is measured. */
    public enum Kind {
        /** Steps of one sequence a second. */
        STEPS,
        /** Tokens a second of whole sequences. */
        FORWARD
    }

    private final Kind kind;
    private final int batch;
    private final int length;

    Cell(Kind kind, int batch, int length) {
        this.kind = kind;
        this.batch = batch;
        this.length = length;
    }

    public Kind kind() {
        return kind;
    }

    /** How many sequences. */
    public int batch() {
        return batch;
    }

    /** Tokens of each sequence. */
    public int length() {
        return length;
    }

    /** Tokens of a forward; of a step, 1. */
    public int tokens() {
        return kind == Kind.STEPS ? 1 : batch * length;
    }

    /** As the table's head has it. */
    public String title() {
        return kind == Kind.STEPS ? "steps/s at " + length : "tokens/s, " + batch + " × " + length;
    }

    /** How many of a sequence's last positions steps are taken at: a step before them would be cheaper. */
    public int lastPositions() {
        return Math.min(64, length / 2);
    }
}
