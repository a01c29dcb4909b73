package corolla.cli.table3;

/**
 * What Petals' authors measured: BLOOM-176B in 8 bits on A100 GPUs of 80 GB, one a server; offloading is their upper bound, computed from the
 * bandwidth of PCIe 4.0 alone. From the table "Benchmarks" of Petals' README up to version 2.0.1 (github.com/bigscience-workshop/petals), which is
 * Table 3 of the paper's later version (arXiv 2209.01188) without its rows of 12 virtual servers; the paper's first version has 1.22 and 0.89
 * where this has 1.71 and 1.23. Another model on other machines: to be read beside ours, not against it.
 */
final class PetalsTable {
    static final String SOURCE =
            "Petals' README up to 2.0.1 and arXiv 2209.01188, Table 3: BLOOM-176B in 8 bits, one A100 a server";

    /** Offloading at 256 Gbit/s: PCIe 4.0 with 16 lanes. */
    static final Figures OFFLOADING_256 = Figures.of(0.18, 0.18, 2.7, 170.3);

    /** At 128 Gbit/s: two GPUs behind a switch. */
    static final Figures OFFLOADING_128 = Figures.of(0.09, 0.09, 2.4, 152.8);

    private PetalsTable() {}

    /** Petals on three servers; none for other numbers of servers and other networks. */
    static Figures swarm(int servers, NetworkSetting setting) {
        if (servers != 3) {
            return Figures.none();
        }
        return switch (NetworkSetting.TABLE.indexOf(setting)) {
            case 0 -> Figures.of(1.71, 1.54, 70.0, 253.6);
            case 1 -> Figures.of(1.66, 1.49, 56.4, 182.0);
            case 2 -> Figures.of(1.23, 1.11, 19.7, 112.2);
            default -> Figures.none();
        };
    }
}
