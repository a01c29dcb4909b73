package corolla.kernels.cuda.driver;

import corolla.kernels.cuda.emulated.EmulatedCalls;

/**
 * How the emulated bus was used.
 *
 * @param ordinary bytes that were copied with memory that is not pinned
 * @param pieces copies between host and device
 * @param halts times that somebody waited for an event whose work had not ended
 */
public record EmulatedCopies(long ordinary, long pieces, long halts) {

    /** All since the process began. */
    public static EmulatedCopies soFar() {
        long[] numbers = EmulatedCalls.numbers("libcuda.so.1", "emulated_copies", 3);
        return new EmulatedCopies(numbers[0], numbers[1], numbers[2]);
    }

    /** What has come since then. */
    public EmulatedCopies since(EmulatedCopies before) {
        return new EmulatedCopies(ordinary - before.ordinary, pieces - before.pieces, halts - before.halts);
    }
}
