package corolla.kernels.cuda.driver;

import corolla.kernels.cuda.emulated.EmulatedCalls;

/**
 * What the emulated driver was given to launch.
 *
 * @param singles kernels that were launched by themselves
 * @param graphs that were launched
 * @param updates nodes of graphs that got other arguments
 * @param alive graphs that are, or how many more than before
 */
public record EmulatedLaunches(long singles, long graphs, long updates, long alive) {

    /** All since the process began. */
    public static EmulatedLaunches soFar() {
        long[] numbers = EmulatedCalls.numbers("libcuda.so.1", "emulated_launches", 4);
        return new EmulatedLaunches(numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    /** What has come since then. */
    public EmulatedLaunches since(EmulatedLaunches before) {
        return new EmulatedLaunches(
                singles - before.singles, graphs - before.graphs, updates - before.updates, alive - before.alive);
    }
}
