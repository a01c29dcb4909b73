package corolla.kernels.cpu.vector;

import org.junit.jupiter.api.Assumptions;

/** What tests of machine code need. */
final class MachineCode {
    private static final String MISSING =
            "no AVX-512 on Linux here, so machine code is not compared with the Vector API";

    private MachineCode() {}

    /** Skips the test, and says so, where machine code does not run. */
    static void assumeHere() {
        boolean here = PanelPart.isMachineCodeHere();
        if (!here) {
            System.getLogger(MachineCode.class.getName()).log(System.Logger.Level.WARNING, "SKIPPED: " + MISSING);
        }
        Assumptions.assumeTrue(here, MISSING);
    }
}
