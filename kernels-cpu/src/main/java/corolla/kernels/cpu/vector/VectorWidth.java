package corolla.kernels.cpu.vector;

/** What this machine's vectors are like, for people. */
public final class VectorWidth {
    private VectorWidth() {}

    public static int bits() {
        return Lanes.F.vectorBitSize();
    }
}
