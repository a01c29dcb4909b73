package corolla.cli;

import corolla.base.Environment;
import corolla.cli.ServerControl.ControlFiles;
import corolla.dht.DhtConfig;
import corolla.model.source.ModelParts;
import corolla.server.Server;
import corolla.server.ServerConfig;
import corolla.server.ServerNetwork;
import corolla.swarm.Span;
import corolla.tensor.DeviceException;
import corolla.tensor.Kernels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code corolla server}. */
@Command(
        name = "server",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Serve some of a model's blocks to a swarm.",
        description = {
            "",
            "Prints its addresses, one a line, as soon as it listens, and 'ready' when the swarm knows of it. Runs until it is told to stop"
                    + " (Ctrl-C, SIGTERM); then it tells the swarm and its sessions, gives those time to go elsewhere, and ends. 'corolla pause' and"
                    + " 'corolla resume' take it out of the swarm for a while.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  corolla server smollm2-135m --initial-peers /ip4/192.0.2.1/tcp/31330/p2p/12D3Koo… --num-blocks 10",
            "  corolla server ./my-llama --dht-prefix my-llama --block-indices 0:16 --port 31331     (begins a swarm)",
            "  corolla server smollm2-135m --adapters someone/smollm2-cats --adapters-dir ./adapters     (with LoRA adapters)",
            "  corolla server someone/large --quantization int8 --device cuda:0-3 --port 31331     (a process a GPU, ports 31331 to 31334)",
            "  corolla server smollm2-135m --also ./my-llama,dht-prefix=my-llama,num-blocks=8     (two models, one node)"
        })
final class ServerCommand implements Callable<Integer> {
    private static final System.Logger LOG = System.getLogger(ServerCommand.class.getName());

    @ParentCommand
    @Nullable
    Corolla corolla;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "MODEL", description = "Folder, GGUF file, Hugging Face id or known name.")
    String model = "";

    @Mixin
    SwarmOptions swarm = new SwarmOptions();

    @ArgGroup(exclusive = true)
    Blocks blocks = new Blocks();

    /** Which blocks. */
    static final class Blocks {
        @Option(
                names = "--block-indices",
                paramLabel = "START:END",
                description = "Serve these blocks, END not included.")
        @Nullable
        String indices;

        @Option(
                names = "--num-blocks",
                paramLabel = "N",
                description = "Serve N blocks, where the swarm needs them most. Default: all of the model.")
        @Nullable
        Integer count;
    }

    @Option(
            names = "--also",
            paramLabel = "MODEL[,OPTION=VALUE...]",
            converter = AlsoServed.Converter.class,
            description =
                    "Serve another model too, on the same node; may be repeated. Options of its own: dht-prefix, block-indices,"
                            + " num-blocks, attn-cache-tokens, adapter=[NAME=]ADAPTER (may be repeated), adapters-dir. All else is"
                            + " shared.")
    List<AlsoServed> also = new ArrayList<>();

    @Mixin
    SourceOptions source = new SourceOptions();

    @Mixin
    AdapterOptions adapters = new AdapterOptions();

    @Mixin
    WeightsOption weights = new WeightsOption();

    @Mixin
    ComputeOptions compute = new ComputeOptions();

    @Mixin
    ListenOptions listen = new ListenOptions();

    @Mixin
    HostOptions host = new HostOptions();

    @ArgGroup(exclusive = true)
    Relay relay = new Relay();

    /** How to be reached. */
    static final class Relay {
        @Option(
                names = "--use-relay",
                paramLabel = "auto|always|never",
                defaultValue = "auto",
                description =
                        "Be reached through other nodes of the swarm: auto when they cannot dial this server (behind"
                                + " a router), always, or never. Default: auto.")
        UseRelay use = UseRelay.AUTO;

        @Option(names = "--no-auto-relay", description = "The same as --use-relay never.")
        boolean never;

        UseRelay use() {
            return never ? UseRelay.NEVER : use;
        }
    }

    @Mixin
    ServingOptions serving = new ServingOptions();

    @Option(
            names = "--alike-blocks",
            paramLabel = "N",
            defaultValue = "0",
            hidden = true,
            description =
                    "Measure, not serve: every block is one of N copies of the model's first, used in turn ('corolla bench table3').")
    int alikeBlocks;

    /** Told by {@link ServerFleet} to its servers. */
    static final String IN_FLEET = "--in-fleet";

    @Option(names = IN_FLEET, hidden = true, description = "Another process has started this one, and ends it.")
    boolean inFleet;

    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(corolla).console();
        common.startLogging(console, Logs.Volume.LIFECYCLE);
        Version.log();
        return compute.devices().size() > 1 ? serveOnSeveral(console) : serve(console);
    }

    /** A process for each device. */
    private int serveOnSeveral(Console console) throws IOException, InterruptedException {
        listen.checkForSeveral();
        if (swarm.initialPeers().isEmpty()) {
            throw new UserException("servers on several devices find each other through --initial-peers: start"
                    + " 'corolla dht', which prints its addresses, and name one of them");
        }
        var arguments = new FleetArguments(
                Objects.requireNonNull(spec)
                        .root()
                        .commandLine()
                        .getParseResult()
                        .originalArgs(),
                compute.devices(),
                listen.port(),
                listen.identityPath(),
                Optional.ofNullable(blocks.indices).map(ServerCommand::span));
        ServerFleet.serve(console, arguments, host.drain());
        return 0;
    }

    private int serve(Console console) throws IOException, InterruptedException {
        DhtConfig dht = DhtConfig.defaults().withInitialPeers(swarm.initialPeers());
        try (Resources resources = new Resources()) {
            Kernels kernels = resources.add(compute.kernels());
            Environment environment =
                    host.capped(resources.add(compute.start(kernels)).environment());
            Ending ending =
                    resources.add(inFleet ? Ending.withParent(environment.clock()) : new Ending(environment.clock()));
            ending.allow(host.drain());
            var servers = new RunningServers(environment.tasks(), environment.clock(), host.drain());
            Node node = resources.add(Node.start(
                    environment, listen.identity(environment.randoms()), listen.listen(), listen.announce()));
            node.host().addresses().forEach(address -> console.line(address.toString()));
            try (ModelFiles files = ModelFiles.open(environment, console, source, model, ModelParts.none())) {
                config(
                        files,
                        false,
                        environment,
                        console); // what is wrong with the flags is said before anything is waited for
                boolean relayed = node.join(dht, relay.use());
                if (listen.relays() && !relayed) {
                    node.relay();
                }
                ServerConfig config = config(files, relayed, environment, console);
                var network = new ServerNetwork(node.host(), node.rpc(), node.dht());
                var blockFiles = resources.add(new BlockFiles(
                        environment, console, source, model, files.config(), weights.format(), alikeBlocks, kernels));
                servers.add(resources.add(Server.start(environment, config, network, blockFiles)));
                for (AlsoServed other : also) {
                    servers.add(serveAlso(other, relayed, environment, console, network, kernels, resources));
                }
            }
            var files = ControlFiles.in(
                    source.config().cache(), ProcessHandle.current().pid());
            try (ServerControl _ = ServerControl.start(files, servers, environment.tasks(), environment.clock())) {
                servers.whenLost(ending::want);
                console.line(ServerFleet.READY);
                ending.await();
                if (servers.lost().isEmpty()) {
                    drain(servers);
                }
            }
            DeviceException lost = servers.lost().orElse(null);
            if (lost != null) {
                throw new UserException(String.valueOf(lost.getMessage()), lost);
            }
        }
        return 0;
    }

    private static void drain(RunningServers servers) {
        try {
            servers.drain();
        } catch (InterruptedException hurried) { // a second signal: sessions are cut by what follows
            LOG.log(System.Logger.Level.INFO, "not drained: told twice to stop");
        }
    }

    private Server serveAlso(
            AlsoServed other,
            boolean relayed,
            Environment environment,
            Console console,
            ServerNetwork network,
            Kernels kernels,
            Resources resources)
            throws IOException, InterruptedException {
        SourceOptions sameCache = source.withoutRevision();
        try (ModelFiles files = ModelFiles.open(environment, console, sameCache, other.model(), ModelParts.none())) {
            String prefix = files.prefix(other.dhtPrefix());
            if (network.models().contains(prefix)) {
                throw new UserException("--also " + other.model() + ": this node serves " + prefix
                        + " already, and a peer can announce only one span of a model; start another server for it");
            }
            var config = ServerConfig.builder(prefix);
            shared(config, files, relayed);
            other.choose(config, files.config().blockCount());
            AdapterOptions.offer(config, other.adapters(), other.adaptersFolder(), environment, console, sameCache);
            var blockFiles = resources.add(new BlockFiles(
                    environment, console, sameCache, other.model(), files.config(), weights.format(), 0, kernels));
            return resources.add(Server.start(environment, config.build(), network, blockFiles));
        } catch (IllegalArgumentException e) {
            throw new UserException(String.valueOf(e.getMessage()), e);
        }
    }

    private ServerConfig config(ModelFiles files, boolean relayed, Environment environment, Console console) {
        try {
            var config = ServerConfig.builder(files.prefix(swarm.dhtPrefix()));
            shared(config, files, relayed);
            if (blocks.indices != null) {
                config.blocks(span(blocks.indices, files.config().blockCount()));
            } else if (blocks.count != null || !host.limitsMemory()) {
                config.blockCount(checkedCount(
                        "--num-blocks", blocks.count, files.config().blockCount()));
            }
            serving.chooseCache(config);
            adapters.choose(config, environment, console, source.withoutRevision());
            return config.build();
        } catch (IllegalArgumentException e) {
            throw new UserException(String.valueOf(e.getMessage()), e);
        }
    }

    /** What all models of this node have in common. */
    private void shared(ServerConfig.Builder config, ModelFiles files, boolean relayed) {
        config.repository(files.found().repository().orElse(null))
                .relayed(relayed)
                .rehearses(true);
        serving.choose(config);
        host.choose(config);
    }

    /** As many blocks as were asked for, or all. */
    static int checkedCount(String option, @Nullable Integer count, int blockCount) {
        if (count != null && (count < 1 || count > blockCount)) {
            throw new UserException(option + " " + count + ": the model has " + blockCount + " blocks");
        }
        return count == null ? blockCount : count;
    }

    private static Span span(String text) {
        try {
            return Span.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UserException("--block-indices: " + e.getMessage(), e);
        }
    }

    private static Span span(String text, int blockCount) {
        Span span = span(text);
        if (span.end() > blockCount) {
            throw new UserException("--block-indices " + text + ": the model has the blocks 0:" + blockCount);
        }
        return span;
    }
}
