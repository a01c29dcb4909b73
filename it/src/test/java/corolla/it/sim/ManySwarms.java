package corolla.it.sim;

import corolla.base.RealEnvironment;
import corolla.base.time.Clock;
import corolla.testkit.SimulatedWorld;
import corolla.testkit.SimulationOptions;
import corolla.testkit.crypto.CheapCrypto;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;

/**
 * Many seeds of a large swarm, for hours: one line a seed goes to a file, and what is there already is not done again.
 *
 * <pre>{@code java … corolla.it.sim.ManySwarms FROM TO FILE [large|small [SECONDS]]}</pre>
 */
final class ManySwarms {
    private ManySwarms() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        long from = Long.parseLong(arguments[0]);
        long to = Long.parseLong(arguments[1]);
        Path log = Path.of(arguments[2]);
        SwarmSize size = size(arguments);
        if (!Files.exists(log)) {
            Files.createFile(log);
        }
        Path folder = Files.createTempDirectory("swarms");
        try (CheapCrypto _ = CheapCrypto.install();
                RealEnvironment real = RealEnvironment.create(1);
                TinyModel model = new TinyModel(folder)) {
            Clock clock = real.environment().clock();
            Questions questions = new Questions(model, 200);
            for (long seed = from; seed < to; seed++) {
                String start = "seed=" + seed + " ";
                if (Files.readAllLines(log).stream().noneMatch(line -> line.startsWith(start))) {
                    String line = start + run(seed, model, questions, size, clock) + "\n";
                    Files.writeString(log, line, StandardCharsets.UTF_8, StandardOpenOption.APPEND);
                }
            }
        }
    }

    private static SwarmSize size(String[] arguments) {
        SwarmSize size = arguments.length > 3 && arguments[3].equals("small") ? SwarmSize.small() : SwarmSize.large();
        return arguments.length > 4 ? size.withTime(Duration.ofSeconds(Long.parseLong(arguments[4]))) : size;
    }

    private static String run(long seed, TinyModel model, Questions questions, SwarmSize size, Clock clock) {
        Tally[] tally = new Tally[1];
        Meter meter = new Meter(clock);
        String outcome;
        try {
            SimulatedWorld.Outcome run = SimulatedWorld.run(
                    seed,
                    SimulationOptions.defaults(),
                    world -> tally[0] = SwarmLife.live(world, model, questions, size));
            outcome = "ok trace=" + Long.toHexString(run.trace()) + " switches=" + run.switches() + " virtualS="
                    + run.time().toSeconds() + " " + tally[0];
            for (String refusal : tally[0].refusals()) {
                outcome += "\n  " + refusal;
            }
        } catch (AssertionError failed) {
            outcome = "FAILED "
                    + String.valueOf(failed.getMessage()).lines().limit(60).toList();
        }
        Meter.Usage usage = meter.lap();
        return String.format(
                Locale.ROOT,
                "wallMs=%d cpuMs=%d heapMB=%d heapPeakMB=%d %s",
                usage.wallNanos() / 1_000_000,
                usage.cpuNanos() / 1_000_000,
                usage.heapMebibytes(),
                usage.heapPeakMebibytes(),
                outcome);
    }
}
