package corolla.cli.table3;

import corolla.cli.synthetic.ModelShape;
import corolla.cli.synthetic.Weights;
import corolla.tensor.DeviceChoice;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What to measure.
 *
 * @param shape of the model
 * @param weights how servers keep it
 * @param servers how many, one swarm after another
 * @param devices that compute, which servers take in turn; the first is this process's
 * @param fastProducts whether GPUs round activations to bf16
 * @param memoryBytesMax what all processes may take together; empty: what is free
 * @param threads that compute in each server; empty: its share of this machine's cores
 * @param time of each figure
 * @param warmUp what each swarm gets before it is measured
 */
public record Table3Options(
        ModelShape shape,
        Weights weights,
        List<Integer> servers,
        List<DeviceChoice> devices,
        boolean fastProducts,
        OptionalLong memoryBytesMax,
        OptionalInt threads,
        Duration time,
        Duration warmUp) {

    public Table3Options {
        servers = List.copyOf(servers);
        devices = List.copyOf(devices);
        if (devices.isEmpty()) {
            throw new IllegalArgumentException("no device computes");
        }
        if (servers.isEmpty() || servers.stream().anyMatch(count -> count < 1 || count > 200)) {
            throw new IllegalArgumentException("--servers " + servers + ": give numbers of 1 to 200");
        }
        if (threads.isPresent() && (threads.getAsInt() < 1 || threads.getAsInt() > 1024)) {
            throw new IllegalArgumentException("--threads " + threads.getAsInt() + " is not within 1 to 1024");
        }
        if (!time.isPositive() || time.toHours() > 0 || warmUp.isNegative() || warmUp.toHours() > 0) {
            throw new IllegalArgumentException(
                    "--seconds must be more than 0, --warm-up at least 0, both less than an hour");
        }
    }

    /** Threads of each of so many servers on a machine of so many cores. */
    int threadsOf(int servers, int cores) {
        return threads.orElse(Math.max(1, cores / servers));
    }
}
