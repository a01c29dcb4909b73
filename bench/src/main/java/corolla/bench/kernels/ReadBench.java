package corolla.bench.kernels;

import corolla.base.RealEnvironment;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.ReadBandwidth;
import java.io.IOException;

/** The memory's read speed, alone. */
final class ReadBench {
    private ReadBench() {}

    /** Prints one line for one compute thread and one for all. */
    public static void main(String[] args) throws IOException, InterruptedException {
        for (int members : new int[] {1, Runtime.getRuntime().availableProcessors()}) {
            try (RealEnvironment real = RealEnvironment.create(members);
                    Kernels kernels = Kernels.best(KernelsOptions.defaults())) {
                var environment = real.environment();
                double speed = ReadBandwidth.bytesPerSecond(kernels, environment.team(), environment.clock());
                System.out.printf("%d threads read %.1f GB/s%n", members, speed / 1e9);
            }
        }
    }
}
