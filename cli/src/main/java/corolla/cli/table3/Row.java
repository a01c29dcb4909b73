package corolla.cli.table3;

/**
 * A row of the report.
 *
 * @param group rows of one group are compared with each other: "3 servers"
 * @param network what lies between its machines
 * @param figures ours
 * @param origin how they were come by
 * @param limits what no program can surpass; NaN where nothing limits but computing
 * @param petals the seed's, or none
 */
public record Row(String group, String network, Figures figures, Origin origin, Figures limits, Figures petals) {

    /** How figures were come by. */
    public enum Origin {
        MEASURED,
        /** From what else was measured in this run. */
        COMPUTED
    }
}
