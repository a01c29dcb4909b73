package corolla.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.time.Deadline;
import corolla.dht.DhtNode;
import corolla.p2p.PeerId;
import corolla.swarm.ModelRecord;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import corolla.swarm.directory.Directory;
import corolla.swarm.protocol.ServerLoad;
import corolla.swarm.protocol.ServerVersion;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code corolla info}. */
@Command(
        name = "info",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Show who serves what in a swarm.",
        description = {"", "Without MODEL and --dht-prefix: which models the swarm serves.", ""},
        footer = {"", "Example:", "  corolla info smollm2-135m --initial-peers /ip4/192.0.2.1/tcp/31330/p2p/12D3Koo…"})
final class InfoCommand implements Callable<Integer> {
    private static final Duration PING_TIME = Duration.ofSeconds(2);
    private static final int PINGED_MAX = 64;

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

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(corolla).console();
        common.startLogging(console, Logs.Volume.QUIET);
        var initialPeers = swarm.required();
        try (RealEnvironment real = RealEnvironment.create(1);
                Node node = Node.client(real.environment(), initialPeers)) {
            Map<String, ModelRecord> models = SwarmModel.listed(node.dht(), real.environment());
            if (model == null && swarm.dhtPrefix() == null) {
                printModels(console, models);
            } else {
                printServers(console, real.environment(), node.dht(), models);
            }
        }
        return 0;
    }

    private void printModels(Console console, Map<String, ModelRecord> models) {
        if (json) {
            ObjectNode object = Json.object();
            ArrayNode list = object.putArray("models");
            models.forEach((prefix, record) -> list.addObject()
                    .put("dht_prefix", prefix)
                    .put("num_blocks", record.blockCount())
                    .put("repository", record.repository()));
            Json.print(console, object);
            return;
        }
        if (models.isEmpty()) {
            console.line(
                    "This swarm lists no models. Servers of a model with a prefix that begins with _ are not listed:"
                            + " ask for it with --dht-prefix.");
            return;
        }
        var table = new Table("DHT prefix", "blocks", "repository");
        models.forEach((prefix, record) -> table.row(
                prefix, Integer.toString(record.blockCount()), record.repository() == null ? "" : record.repository()));
        table.lines().forEach(console::line);
    }

    private void printServers(Console console, Environment environment, DhtNode dht, Map<String, ModelRecord> models)
            throws IOException, InterruptedException {
        var given = new SwarmModel.Given(model, swarm.dhtPrefix(), blockCount);
        SwarmModel found = SwarmModel.of(given, console, environment, models);
        SwarmView view = new Directory(dht, found.prefix())
                .read(found.blocks(), Deadline.after(environment.clock(), SwarmModel.READ_TIME));
        Map<PeerId, Double> pings = pings(environment, dht, view);
        if (json) {
            Json.print(console, json(view, pings));
        } else if (view.spans(ServerState.OFFLINE).isEmpty()) {
            console.line("Nobody serves " + found.prefix() + " (" + found.blockCount()
                    + " blocks) in this swarm. Add a server: corolla server MODEL --initial-peers … --dht-prefix "
                    + found.prefix());
        } else {
            SwarmPicture.lines(view, pings).forEach(console::line);
        }
    }

    private static Map<PeerId, Double> pings(Environment environment, DhtNode dht, SwarmView view)
            throws InterruptedException {
        var pings = new LinkedHashMap<PeerId, Double>();
        try (var scope = environment.tasks().open("ping servers")) {
            Deadline deadline = Deadline.after(environment.clock(), PING_TIME);
            var tasks = new LinkedHashMap<PeerId, corolla.base.task.Task<Duration>>();
            view.spans(ServerState.ONLINE).stream()
                    .limit(PINGED_MAX)
                    .forEach(server -> tasks.put(
                            server.peer(),
                            scope.fork("ping " + server.peer().shortForm(), () -> dht.ping(server.peer(), deadline))));
            for (var task : tasks.entrySet()) {
                double seconds;
                try {
                    Deadline late = Deadline.after(environment.clock(), PING_TIME.plusSeconds(1));
                    seconds = task.getValue().await(late).toNanos() / 1e9;
                } catch (IOException noAnswer) {
                    seconds = Double.POSITIVE_INFINITY;
                }
                pings.put(task.getKey(), seconds);
            }
        }
        return pings;
    }

    private static ObjectNode json(SwarmView view, Map<PeerId, Double> pings) {
        ObjectNode object = Json.object();
        object.put("dht_prefix", view.prefix());
        object.put("num_blocks", view.range().length());
        ArrayNode servers = object.putArray("servers");
        for (PeerSpan server : view.spans(ServerState.OFFLINE)) {
            ObjectNode node = servers.addObject();
            node.put("peer", server.peer().toBase58());
            node.put("state", server.info().state().name().toLowerCase(Locale.ROOT));
            node.put("start", server.span().start());
            node.put("end", server.span().end());
            node.put("throughput", server.info().throughput());
            node.put("inference_rps", server.info().details().inferenceRps());
            node.put("cache_tokens_left", server.info().details().cacheTokensLeft());
            ServerLoad load = ServerLoad.of(server.info().details());
            node.put("forward_rps", server.info().details().forwardRps());
            node.put("network_rps", server.info().details().networkRps());
            node.put("sessions", load.sessions());
            node.put("waiting", load.waiting());
            node.put("relayed", server.info().details().usingRelay());
            node.put("version", server.info().details().version());
            node.put("corolla", ServerVersion.corolla(server.info().details()));
            node.put("public_name", server.info().details().publicName());
            ArrayNode adapters = node.putArray("adapters");
            server.info().details().adapters().forEach(adapters::add);
            Double ping = pings.get(server.peer());
            node.put("ping_s", ping == null || ping.isInfinite() ? null : ping);
        }
        put(object.putArray("missing"), view.missing(ServerState.ONLINE));
        put(object.putArray("at_risk"), view.held(1, ServerState.ONLINE));
        return object;
    }

    private static void put(ArrayNode array, List<Span> spans) {
        spans.forEach(span -> array.addArray().add(span.start()).add(span.end()));
    }
}
