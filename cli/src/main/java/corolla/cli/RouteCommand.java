package corolla.cli;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.time.Deadline;
import corolla.client.routing.RouteExplanation;
import corolla.client.routing.RoutePolicy;
import corolla.client.routing.Router;
import corolla.client.routing.RoutingConfig;
import corolla.swarm.directory.Directory;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code corolla route}. */
@Command(
        name = "route",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Explain which servers a client would choose now, and why.",
        description = {
            "",
            "Prints the route hop by hop: what it is expected to cost, and for each hop all servers that have its blocks, what was measured"
                    + " and what they announce, and why they were not chosen.",
            ""
        },
        footer = {"", "Example:", "  corolla route smollm2-135m --initial-peers /ip4/192.0.2.1/tcp/31330/p2p/12D3Koo…"})
final class RouteCommand implements Callable<Integer> {
    /** Whoever asks for reasons wants figures: all servers of a swarm of usual size are pinged. */
    private static final int PINGED_MAX = 256;

    /** What a route is for. */
    enum Mode {
        /** Sessions: the least time for one token. */
        LATENCY,
        /** Batches, as in training: load is spread by chance. */
        THROUGHPUT
    }

    @ParentCommand
    @Nullable
    Corolla corolla;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "MODEL",
            description = "Folder, GGUF file, Hugging Face id or known name.")
    @Nullable
    String model;

    @Mixin
    SwarmOptions swarm = new SwarmOptions();

    @Option(
            names = "--num-blocks",
            paramLabel = "N",
            description = "How many blocks the model has, where neither MODEL nor the swarm's list of models says.")
    @Nullable
    Integer blockCount;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            defaultValue = "latency",
            description =
                    "latency: as sessions are routed. throughput: as batches are, in training, where load is spread by"
                            + " chance. Default: ${DEFAULT-VALUE}.")
    Mode mode = Mode.LATENCY;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            defaultValue = "2048",
            description = "Tokens of the session: servers without room for it are avoided. Default: ${DEFAULT-VALUE}.")
    int maxLength;

    @Option(
            names = "--active-adapter",
            paramLabel = "NAME",
            description = "Only over servers that announce this LoRA adapter.")
    String adapter = "";

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(corolla).console();
        common.startLogging(console, Logs.Volume.QUIET);
        var initialPeers = swarm.required();
        if (maxLength < 0) {
            throw new UserException("--max-length " + maxLength + " is negative");
        }
        if (model == null && swarm.dhtPrefix() == null) {
            throw new UserException("give MODEL or --dht-prefix; 'corolla info' lists the models of a swarm");
        }
        try (RealEnvironment real = RealEnvironment.create(1);
                Node node = Node.client(real.environment(), initialPeers)) {
            Environment environment = real.environment();
            var given = new SwarmModel.Given(model, swarm.dhtPrefix(), blockCount);
            SwarmModel found = SwarmModel.of(given, console, environment, SwarmModel.listed(node.dht(), environment));
            RouteExplanation explanation = explain(environment, node, found);
            if (json) {
                Json.print(console, RouteReport.json(found.prefix(), mode, explanation));
            } else {
                RouteReport.lines(found.prefix(), mode, explanation).forEach(console::line);
            }
        }
        return 0;
    }

    private RouteExplanation explain(Environment environment, Node node, SwarmModel found)
            throws IOException, InterruptedException {
        var directory = new Directory(node.dht(), found.prefix());
        RoutingConfig config = RoutingConfig.defaults().withPingedMax(PINGED_MAX);
        Deadline deadline = Deadline.after(environment.clock(), RunningModel.OPEN_TIME);
        try (Router router =
                Router.start(environment, until -> directory.read(found.blocks(), until), node.dht()::ping, config)) {
            return switch (mode) {
                case LATENCY -> router.explain(found.blocks(), policy(maxLength).pushing(), deadline);
                case THROUGHPUT -> router.explainSpreading(found.blocks(), policy(0), deadline);
            };
        }
    }

    private RoutePolicy policy(int cacheTokens) {
        return RoutePolicy.forSession(cacheTokens).adapted(adapter);
    }
}
