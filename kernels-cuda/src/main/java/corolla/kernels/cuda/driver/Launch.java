package corolla.kernels.cuda.driver;

import java.util.Arrays;

/**
 * One launch of a kernel, as {@link Arguments} had it. Never changed; equality is identity.
 *
 * @param words of all arguments
 * @param starts the word that each argument begins at
 */
record Launch(CudaFunction function, Grid grid, long[] words, int[] starts) {

    static Launch of(CudaFunction function, Grid grid, Arguments arguments) {
        return new Launch(function, grid, arguments.words(), arguments.starts());
    }

    /** Whether another launch of the same kernel has the same arguments to the byte. */
    boolean equalsIn(Launch other) {
        return Arrays.equals(words, other.words);
    }
}
