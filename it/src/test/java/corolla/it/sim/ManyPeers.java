package corolla.it.sim;

import corolla.base.RealEnvironment;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.testkit.SimulatedWorld;
import corolla.testkit.SimulationOptions;
import corolla.testkit.crypto.CheapCrypto;
import java.time.Duration;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * One DHT of very many peers, once: a line for each virtual minute, and one for all.
 *
 * <pre>{@code java … corolla.it.sim.ManyPeers SEED [PEERS [MINUTES]]}</pre>
 */
final class ManyPeers {
    private static final Duration LOOK = Duration.ofSeconds(1);

    private ManyPeers() {}

    public static void main(String[] arguments) throws InterruptedException {
        long seed = Long.parseLong(arguments[0]);
        int peers = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1000;
        int minutes = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 10;
        // A simulated thread must wait for nobody of the real world, so it does not print itself.
        Queue<String> lines = new ConcurrentLinkedQueue<>();
        try (CheapCrypto _ = CheapCrypto.install();
                RealEnvironment real = RealEnvironment.create(1);
                TaskScope scope = real.environment().tasks().open("report")) {
            Clock clock = real.environment().clock();
            scope.run("print", () -> printForever(lines, clock));
            run(seed, peers, minutes, clock, lines);
        }
        print(lines);
    }

    private static void run(long seed, int peers, int minutes, Clock clock, Queue<String> lines) {
        Meter meter = new Meter(clock);
        double[] seconds = new double[2];
        PeersTally[] last = new PeersTally[1];
        SimulatedWorld.Outcome run = SimulatedWorld.run(
                seed,
                SimulationOptions.defaults(),
                world -> last[0] = PeersLife.live(world, peers, minutes, tally -> {
                    Meter.Usage usage = meter.lap();
                    seconds[0] += usage.wallSeconds();
                    seconds[1] += usage.cpuSeconds();
                    lines.add(String.format(
                            Locale.ROOT,
                            "%s wallS=%.1f cpuS=%.1f heapMB=%d heapPeakMB=%d",
                            tally.minute(),
                            usage.wallSeconds(),
                            usage.cpuSeconds(),
                            usage.heapMebibytes(),
                            usage.heapPeakMebibytes()));
                }));
        lines.add(String.format(
                Locale.ROOT,
                "seed=%d %s trace=%s switches=%d wallS=%.1f cpuS=%.1f",
                seed,
                last[0].summary(),
                Long.toHexString(run.trace()),
                run.switches(),
                seconds[0],
                seconds[1]));
    }

    private static void printForever(Queue<String> lines, Clock clock) throws InterruptedException {
        while (true) {
            print(lines);
            clock.sleep(LOOK);
        }
    }

    @SuppressWarnings("SystemOut") // a program
    private static void print(Queue<String> lines) {
        for (String line = lines.poll(); line != null; line = lines.poll()) {
            System.out.println(line);
        }
    }
}
