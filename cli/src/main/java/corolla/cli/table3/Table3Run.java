package corolla.cli.table3;

import corolla.base.Environment;
import corolla.base.time.Clock;
import corolla.cli.process.Folders;
import corolla.cli.synthetic.ModelShape;
import corolla.cli.synthetic.SyntheticCheckpoint;
import corolla.cli.synthetic.Weights;
import corolla.cli.table3.BlockBudget.Room;
import corolla.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One run of the benchmark: this process alone, offloading, then swarm after swarm on network after network. Confined to the command's thread; all
 * that it makes is gone when {@link #measure} returns or throws. Borrows environment and kernels.
 */
public final class Table3Run {
    /** Tokens of the longest session, and of a short one that has not been given back yet. */
    private static final int CACHE_TOKENS = 2048 + 512;

    private static final double PCIE_4_X16 = 256e9;
    private static final double PCIE_4_SHARED = 128e9;

    private final Table3Options options;
    private final Environment environment;
    private final Kernels kernels;
    private final Consumer<String> listener;
    private final Map<String, String> facts = new LinkedHashMap<>();
    private final List<Row> rows = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();

    /** @param listener gets each line of the report as soon as it is known, and what takes long before it begins */
    public Table3Run(Table3Options options, Environment environment, Kernels kernels, Consumer<String> listener) {
        this.options = options;
        this.environment = environment;
        this.kernels = kernels;
        this.listener = listener;
    }

    /**
     * Measures all.
     *
     * @param plot name of the plot's file, for the report; empty for none
     * @throws IllegalArgumentException when the model does not fit into memory
     */
    public Report measure(String plot) throws IOException, InterruptedException {
        int most = options.servers().stream().max(Integer::compare).orElseThrow();
        int fewest = options.servers().stream().min(Integer::compare).orElseThrow();
        BlockBudget budget = budget(fewest);
        budget.refusal(fewest).ifPresent(refusal -> {
            throw new IllegalArgumentException(refusal);
        });
        Optional<String> obstacle = Namespaces.obstacle();
        begin(budget);
        Path folder = Files.createTempDirectory("corolla-table3");
        try {
            Path model = Files.createDirectory(folder.resolve("model"));
            SyntheticCheckpoint.write(options.shape(), model);
            listener.accept(Report.head().stripTrailing());
            Limits limits = alone(model, budget(most));
            for (int servers : options.servers()) {
                swarm(servers, model, folder, obstacle.isEmpty(), limits);
            }
            obstacle.ifPresent(why -> remarks.add("The rows of slow networks are missing: " + why + "."));
            end(limits);
        } finally {
            Folders.delete(folder);
        }
        return new Report(facts, rows, remarks, plot);
    }

    private BlockBudget budget(int servers) {
        Room room = Room.of(
                kernels, options.memoryBytesMax(), servers, options.devices().size());
        return BlockBudget.of(options.shape(), options.weights(), room, servers, CACHE_TOKENS);
    }

    private void begin(BlockBudget budget) throws InterruptedException {
        ModelShape shape = options.shape();
        Clock clock = environment.clock();
        facts.put(
                "Model",
                String.format(
                        Locale.ROOT,
                        "%d blocks in the shape of %s (hidden size %,d, %d heads), random weights, %s, %.2f GB",
                        shape.blocks(),
                        shape.name(),
                        shape.hidden(),
                        shape.heads(),
                        options.weights() == Weights.AUTO ? Weights.BF16 : options.weights(),
                        budget.blockBytes() * (double) shape.blocks() / 1e9));
        if (!budget.isWhole()) {
            facts.put(
                    "Memory",
                    "not all blocks fit: about " + budget.copies() + " are in memory, and visited in turn as often as "
                            + shape.blocks() + " blocks ask");
        }
        facts.put("Machine", Machine.processor() + "; " + Machine.software());
        facts.put("Kernels", kernels.description());
        facts.put(
                "Date",
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'")
                        .withZone(ZoneOffset.UTC)
                        .format(clock.now()));
        Machine.commit().ifPresent(commit -> facts.put("Commit", commit));
        facts.put(
                "Time",
                String.format(
                        Locale.ROOT,
                        "%.1f s for each figure, half of that without a network, after %.1f s of warm-up",
                        options.time().toNanos() / 1e9,
                        options.warmUp().toNanos() / 1e9));
        facts.put("Load before", Machine.load());
        facts.forEach((name, value) -> listener.accept("- " + name + ": " + value));
        listener.accept("");
    }

    private void end(Limits limits) {
        facts.put("Load at the end", Machine.load());
        remarks.add(String.format(
                Locale.ROOT,
                "A step in a swarm waits for its links, however large the model; offloading waits for all weights: on a bus of 256 Gbit/s %.3f s"
                        + " for these %.2f GB, 5.5 s for the 176 GB of BLOOM-176B in 8 bits. A model that fits into one machine needs no swarm.",
                limits.weightBytes() * Byte.SIZE / PCIE_4_X16,
                limits.weightBytes() / 1e9));
        remarks.add(
                "Where servers share one machine they share its memory and what computes: a step visits one after another, as on machines of their"
                        + " own; a batch keeps several busy at once, which here take each other's time.");
        remarks.add("Physical limits: weights and cached keys and values read once from memory, hidden states of "
                + options.shape().wireBytes()
                + " bytes a token over links with the named rate and delay, and computing for nothing. Steps go along the chain (each"
                + " server hands on to the next), forwards from the client to each server and back.");
        remarks.add("Petals' column: " + PetalsTable.SOURCE
                + "; offloading there is an upper bound, computed from the bandwidth alone.");
    }

    private void add(Row row) {
        rows.add(row);
        listener.accept(Report.line(row).stripTrailing());
    }

    /** What needs no network; all of it is freed before there is one. */
    private Limits alone(Path model, BlockBudget budget) throws IOException, InterruptedException {
        Duration time = options.time().dividedBy(2); // less varies than with a network
        int copies = kernels.memory().isApart()
                ? (budget.copies() - PinnedMemory.BUFFERS) / options.devices().size()
                : budget.copies();
        try (LocalBench bench = new LocalBench(environment, kernels, model, options.weights(), Math.max(1, copies))) {
            Limits limits = new Limits(options.shape(), bench.weightBytes(), bench.readBytesPerSecond());
            facts.put(
                    "Memory's read speed",
                    String.format(
                            Locale.ROOT,
                            "%.1f GB/s by %s, as where all blocks are in one process",
                            limits.readBytesPerSecond() / 1e9,
                            bench.isOnDevice()
                                    ? options.devices().getFirst()
                                    : environment.team().size() + " threads"));
            Figures seconds = Figures.of(cell -> bench.seconds(cell, time));
            add(new Row(
                    "one process",
                    "none",
                    Figures.of(cell -> cell.tokens() / seconds.get(cell)),
                    Row.Origin.MEASURED,
                    Figures.of(cell -> cell.kind() == Cell.Kind.STEPS ? limits.local(cell) : Double.NaN),
                    Figures.none()));
            double rate = bench.slowBitsPerSecond(time);
            offloaded(bench, time, rate);
            bus(bench, limits, seconds, rate, PCIE_4_X16, PetalsTable.OFFLOADING_256);
            bus(bench, limits, seconds, rate, PCIE_4_SHARED, PetalsTable.OFFLOADING_128);
            return limits;
        }
    }

    /** As fast as weights come. */
    private void offloaded(LocalBench bench, Duration time, double rate) throws IOException, InterruptedException {
        Figures figures =
                Figures.of(cell -> cell.tokens() / bench.offloadedSeconds(cell, time, Double.POSITIVE_INFINITY));
        String from = bench.isOnDevice() ? "over the device's bus" : "from the page cache";
        add(new Row(
                "offloading",
                String.format(Locale.ROOT, "%s, %.0f Gbit/s", from, rate / 1e9),
                figures,
                Row.Origin.MEASURED,
                Figures.none(),
                Figures.none()));
        remarks.add(
                bench.isOnDevice()
                        ? "Offloading over the device's bus: for each step or forward, each block's bytes come from pinned memory of the host, while"
                                + " the block before computes; then the block runs on weights of that size in the kernels' order."
                        : "Offloading from the page cache: for each step or forward, each block's bytes are copied by all cores from a mapped file into a"
                                + " working buffer, then the block runs, from memory, on weights of that size in the kernels' order. Nothing overlaps, for the"
                                + " same cores copy and compute.");
    }

    /** Paced where weights come as fast on this machine; else computed. */
    private void bus(
            LocalBench bench, Limits limits, Figures seconds, double rate, double bitsPerSecond, Figures petals)
            throws IOException, InterruptedException {
        boolean isPaced = rate >= bitsPerSecond;
        Duration time = options.time().dividedBy(2);
        Figures figures = Figures.of(cell -> isPaced
                ? cell.tokens() / bench.offloadedSeconds(cell, time, bitsPerSecond)
                : cell.tokens() / Math.max(limits.weightBytes() * Byte.SIZE / bitsPerSecond, seconds.get(cell)));
        String network = String.format(Locale.ROOT, "a bus of %.0f Gbit/s", bitsPerSecond / 1e9);
        add(new Row(
                "offloading",
                network,
                figures,
                isPaced ? Row.Origin.MEASURED : Row.Origin.COMPUTED,
                Figures.of(cell -> limits.offloaded(cell, bitsPerSecond)),
                petals));
        remarks.add(
                isPaced
                        ? "Offloading over " + network
                                + ": measured; while a block computes the next one's weights come, and take as long as that bus would need."
                        : "Offloading over " + network
                                + ": computed, since this machine's is slower: the longer of the weights' way over"
                                + " that bus and the measured computing, as if both overlapped perfectly.");
    }

    private void swarm(int servers, Path model, Path folder, boolean hasNamespaces, Limits limits)
            throws IOException, InterruptedException {
        BlockBudget budget = budget(servers);
        Optional<String> refusal = budget.refusal(servers);
        if (refusal.isPresent()) {
            remarks.add("No rows of " + servers + " servers: " + refusal.get() + ".");
            listener.accept(remarks.getLast());
            return;
        }
        var plan = new SwarmPlan(
                model,
                budget,
                options.weights(),
                servers,
                options.devices(),
                options.fastProducts(),
                options.threadsOf(servers, Runtime.getRuntime().availableProcessors()));
        TestNetwork network =
                hasNamespaces ? Namespaces.start(plan.nodes(), environment.clock()) : TestNetwork.loopback();
        try (network) {
            network.set(network.settings().getFirst());
            try (ProcessSwarm swarm = ProcessSwarm.start(plan, network, folder, environment.clock())) {
                warmUp(swarm);
                for (NetworkSetting setting : network.settings()) {
                    network.set(setting);
                    add(row(swarm, servers, setting, limits));
                }
            }
        }
        remarks.add(servers + " servers: " + plan.computing() + ". " + network.remark());
    }

    private void warmUp(ProcessSwarm swarm) throws IOException, InterruptedException {
        for (Cell cell : Cell.values()) {
            swarm.measure(cell, warmUpOfEach());
        }
    }

    private Duration warmUpOfEach() {
        return options.warmUp().dividedBy(Cell.values().length);
    }

    private Row row(ProcessSwarm swarm, int servers, NetworkSetting setting, Limits limits)
            throws IOException, InterruptedException {
        return new Row(
                servers + (servers == 1 ? " server" : " servers"),
                setting.name(),
                Figures.of(cell -> swarm.measure(cell, options.time()).perSecond()),
                Row.Origin.MEASURED,
                Figures.of(cell -> limits.swarm(cell, servers, setting)),
                PetalsTable.swarm(servers, setting));
    }
}
