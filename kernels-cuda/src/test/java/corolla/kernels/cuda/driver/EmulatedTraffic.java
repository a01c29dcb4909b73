package corolla.kernels.cuda.driver;

import corolla.kernels.cuda.emulated.EmulatedCalls;

/**
 * What has crossed the emulated bus.
 *
 * @param toDevice bytes
 * @param toHost bytes
 * @param waits times that somebody waited for a stream
 */
public record EmulatedTraffic(long toDevice, long toHost, long waits) {

    /** All since the process began. */
    public static EmulatedTraffic soFar() {
        long[] numbers = EmulatedCalls.numbers("libcuda.so.1", "emulated_traffic", 3);
        return new EmulatedTraffic(numbers[0], numbers[1], numbers[2]);
    }

    /** What has crossed since then. */
    public EmulatedTraffic since(EmulatedTraffic before) {
        return new EmulatedTraffic(toDevice - before.toDevice, toHost - before.toHost, waits - before.waits);
    }
}
