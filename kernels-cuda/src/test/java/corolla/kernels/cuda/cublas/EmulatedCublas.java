package corolla.kernels.cuda.cublas;

import corolla.kernels.cuda.emulated.EmulatedCalls;

/** What the emulated cuBLASLt answers, and what it has done. */
public final class EmulatedCublas {
    private EmulatedCublas() {}

    /**
     * What it has done since the process began.
     *
     * @param heuristics asked for
     * @param products given
     * @param held handles and descriptors that nobody has destroyed
     */
    public record Counts(long heuristics, long products, long held) {}

    /** NVIDIA's statuses that creating handles, heuristics and products answer from now on; 0 makes all well again. */
    public static void answer(int creating, int heuristic, int product) {
        EmulatedCalls.set("libcublasLt.so.12", "emulated_cublas_answer", creating, heuristic, product);
    }

    public static Counts counts() {
        long[] numbers = EmulatedCalls.numbers("libcublasLt.so.12", "emulated_cublas_counts", 3);
        return new Counts(numbers[0], numbers[1], numbers[2]);
    }
}
