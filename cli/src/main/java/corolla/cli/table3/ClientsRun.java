package corolla.cli.table3;

import corolla.base.Environment;
import corolla.cli.process.Folders;
import corolla.cli.synthetic.ModelShape;
import corolla.cli.synthetic.SyntheticCheckpoint;
import corolla.cli.synthetic.Weights;
import corolla.cli.table3.BlockBudget.Room;
import corolla.cli.table3.ProcessSwarm.Measured;
import corolla.tensor.DeviceChoice;
import corolla.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * {@code corolla bench clients}: one server with all blocks, on the loopback device, and sessions that step at the same time. Confined to the command's
 * thread; all that it makes is gone when {@link #measure} returns or throws. Borrows environment and kernels.
 */
public final class ClientsRun {
    /** A session goes back to its beginning when it has so many tokens. */
    public static final int SESSION_TOKENS = 256;

    private final Options options;
    private final Environment environment;
    private final Kernels kernels;
    private final Consumer<String> listener;

    /**
     * What to measure.
     *
     * @param shape of the model
     * @param weights how the server keeps it
     * @param sessions how many at a time, one number after another
     * @param device that computes
     * @param fastProducts whether a GPU rounds activations to bf16
     * @param threads that compute, if it is the processor
     * @param time of each figure
     * @param warmUp before the first one
     */
    public record Options(
            ModelShape shape,
            Weights weights,
            List<Integer> sessions,
            DeviceChoice device,
            boolean fastProducts,
            int threads,
            Duration time,
            Duration warmUp) {
        private static final int SESSIONS_MAX = 256;

        public Options {
            sessions = List.copyOf(sessions);
            if (sessions.isEmpty() || sessions.stream().anyMatch(count -> count < 1 || count > SESSIONS_MAX)) {
                throw new IllegalArgumentException("--clients " + sessions + ": give numbers of 1 to " + SESSIONS_MAX);
            }
        }

        private int most() {
            return sessions.stream().max(Integer::compare).orElseThrow();
        }
    }

    /** @param listener gets each line of the report as soon as it is known */
    public ClientsRun(Options options, Environment environment, Kernels kernels, Consumer<String> listener) {
        this.options = options;
        this.environment = environment;
        this.kernels = kernels;
        this.listener = listener;
    }

    /**
     * Measures all.
     *
     * @throws IllegalArgumentException when the model does not fit
     */
    public void measure() throws IOException, InterruptedException {
        Room room = Room.of(kernels, OptionalLong.empty(), 1, 1);
        int cacheTokens = options.most() * SESSION_TOKENS;
        BlockBudget budget = BlockBudget.of(options.shape(), options.weights(), room, 1, cacheTokens);
        Optional<String> refusal = budget.refusal(1);
        if (refusal.isPresent()) {
            throw new IllegalArgumentException(refusal.get());
        }
        begin(budget);
        Path folder = Files.createTempDirectory("corolla-clients");
        try {
            Path model = Files.createDirectory(folder.resolve("model"));
            SyntheticCheckpoint.write(options.shape(), model);
            var plan = new SwarmPlan(
                    model,
                    budget,
                    options.weights(),
                    1,
                    List.of(options.device()),
                    options.fastProducts(),
                    options.threads());
            OptionalLong before = kernels.memory().bytesFree();
            try (ProcessSwarm swarm = ProcessSwarm.start(plan, TestNetwork.loopback(), folder, environment.clock())) {
                swarm.measureSessions(1, options.warmUp());
                for (int sessions : options.sessions()) {
                    Measured measured = swarm.measureSessions(sessions, options.time());
                    listener.accept(line(sessions, measured, swarm.hostBytes(0), before));
                }
            }
        } finally {
            Folders.delete(folder);
        }
    }

    private void begin(BlockBudget budget) {
        ModelShape shape = options.shape();
        listener.accept(String.format(
                Locale.ROOT,
                "- One server with %d blocks in the shape of %s%s, %s, random weights; sessions of up to %d tokens%n- Kernels: %s%n",
                shape.blocks(),
                shape.name(),
                budget.isWhole() ? "" : " (" + budget.copies() + " of them in memory, visited in turn)",
                options.weights(),
                SESSION_TOKENS,
                kernels.description()));
        listener.accept("| sessions | tokens/s | tokens/s of each | server's memory | device's memory |\n"
                + "| --- | --- | --- | --- | --- |");
    }

    private String line(int sessions, Measured measured, OptionalLong host, OptionalLong before) {
        OptionalLong now = kernels.memory().bytesFree();
        return String.format(
                Locale.ROOT,
                "| %d | %.1f | %.1f | %s | %s |",
                sessions,
                measured.perSecond(),
                measured.perSecond() / sessions,
                host.isPresent() ? gigabytes(host.getAsLong()) : "–",
                before.isPresent() && now.isPresent() ? gigabytes(before.getAsLong() - now.getAsLong()) : "–");
    }

    private static String gigabytes(long bytes) {
        return String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
    }
}
