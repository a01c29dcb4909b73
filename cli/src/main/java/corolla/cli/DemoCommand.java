package corolla.cli;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.cli.RunningModel.Conversation;
import corolla.client.generation.Generation;
import corolla.client.generation.GenerationRequest;
import corolla.client.generation.GenerationResult;
import corolla.client.generation.SamplingOptions;
import corolla.dht.DhtConfig;
import corolla.model.Ends;
import corolla.model.source.ModelParts;
import corolla.model.weights.WeightsType;
import corolla.p2p.identity.Identity;
import corolla.server.BlockSource;
import corolla.server.Server;
import corolla.server.ServerConfig;
import corolla.server.ServerNetwork;
import corolla.swarm.Span;
import corolla.tensor.Kernels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code corolla demo}. */
@Command(
        name = "demo",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "See it work: a swarm of three servers on this machine, and an answer from it.",
        description = {
            "",
            "Fetches a small real model once (SmolLM2-135M-Instruct, about 90 MiB), starts a bootstrap node and servers that hold a part of its"
                    + " blocks each, and asks them your prompt through the network of this machine: what many machines would do.",
            ""
        },
        footer = {"", "Example:", "  corolla demo --prompt \"What is a corolla?\" --keep"})
final class DemoCommand implements Callable<Integer> {

    @ParentCommand
    @Nullable
    Corolla corolla;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            defaultValue = "What is the capital of France, and what is it famous for?",
            description = "What to ask. Default: \"${DEFAULT-VALUE}\".")
    String prompt = "";

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            defaultValue = "smollm2-135m",
            description = "Folder, GGUF file, Hugging Face id or known name. Default: ${DEFAULT-VALUE}.")
    String model = "";

    @Option(
            names = "--servers",
            paramLabel = "N",
            defaultValue = "3",
            description = "How many servers. Default: ${DEFAULT-VALUE}.")
    int serverCount;

    @Option(
            names = {"-n", "--max-new-tokens"},
            paramLabel = "N",
            defaultValue = "128",
            description = "How long the answer may be. Default: ${DEFAULT-VALUE}.")
    int maxNewTokens;

    @Mixin
    SessionOptions session = new SessionOptions();

    @Mixin
    ComputeOptions compute = new ComputeOptions();

    @Option(names = "--keep", description = "Leave the swarm up afterwards, and say how to join it, until Ctrl-C.")
    boolean keep;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(corolla).console();
        common.startLogging(console, Logs.Volume.QUIET);
        session.checkFor(false);
        try (Resources resources = new Resources()) {
            Kernels kernels = resources.add(compute.kernels());
            Environment environment = resources.add(compute.start(kernels)).environment();
            Ending ending = keep ? resources.add(new Ending(environment.clock())) : null;
            ModelFiles files = resources.add(ModelFiles.open(environment, console, model, ModelParts.all()));
            checkServers(files.config().blockCount());
            var swarm = new DemoSwarm(environment, files, kernels, resources);
            swarm.start();
            swarm.show(console);
            ask(console, swarm);
            if (ending != null) {
                swarm.invite(console);
                ending.await();
            }
        }
        return 0;
    }

    private void checkServers(int blockCount) {
        if (serverCount < 1 || serverCount > blockCount) {
            throw new UserException(
                    "--servers " + serverCount + ": the model has " + blockCount + " blocks, so 1 to " + blockCount);
        }
    }

    private void ask(Console console, DemoSwarm swarm) throws IOException, InterruptedException {
        console.line("");
        console.line(console.bold("> " + prompt));
        try (RunningModel running = swarm.client()) {
            int[] ids = GenerateCommand.promptIds(running, prompt, running.hasChatTemplate());
            var request = new GenerationRequest(
                    ids,
                    maxNewTokens,
                    SamplingOptions.greedy().withRepetitionPenalty(1.1),
                    running.endTokens(),
                    List.of());
            try (Conversation conversation = running.open(ids.length + maxNewTokens)) {
                GenerationResult result = new Generation(running.environment().clock(), GenerateCommand.STEP_TIME)
                        .run(
                                conversation.tokens(),
                                request,
                                TokenizerDecoder.of(running.tokenizer()),
                                new GenerateCommand.Printing(console));
                console.line("");
                console.line("");
                console.line(console.faint(GenerateCommand.summary(result, conversation.route())));
            }
        }
    }

    /** The nodes of the demonstration: each a host of its own with its own identity and sockets, all in this process. */
    private final class DemoSwarm {
        private final Environment environment;
        private final ModelFiles files;
        private final Kernels kernels;
        private final Resources resources;
        private final List<Server> servers = new ArrayList<>();
        private final List<Node> nodes = new ArrayList<>();
        private final String prefix;

        DemoSwarm(Environment environment, ModelFiles files, Kernels kernels, Resources resources) {
            this.environment = environment;
            this.files = files;
            this.kernels = kernels;
            this.resources = resources;
            this.prefix = files.derivedPrefix().orElse("demo");
        }

        void start() throws IOException, InterruptedException {
            Node bootstrap = listen();
            bootstrap.join(DhtConfig.defaults());
            int blocks = files.config().blockCount();
            for (int i = 0; i < serverCount; i++) {
                serve(new Span(i * blocks / serverCount, (i + 1) * blocks / serverCount));
            }
        }

        private Node listen() throws IOException {
            // Other machines may join only a swarm that stays.
            Multiaddr address = Multiaddr.parse(keep ? "/ip4/0.0.0.0/tcp/0" : "/ip4/127.0.0.1/tcp/0");
            Identity identity = Identity.generateEd25519(environment.randoms());
            Node node = resources.add(Node.start(environment, identity, List.of(address), List.of()));
            nodes.add(node);
            return node;
        }

        private void serve(Span span) throws IOException, InterruptedException {
            Node node = listen();
            node.join(DhtConfig.defaults()
                    .withInitialPeers(nodes.getFirst().host().addresses()));
            ServerConfig config = ServerConfig.builder(prefix)
                    .blocks(span)
                    .repository(files.found().repository().orElse(null))
                    .publicName("demo " + (servers.size() + 1))
                    .build();
            var network = new ServerNetwork(node.host(), node.rpc(), node.dht());
            var source = BlockSource.of(files.checkpoint(), WeightsType.AUTO, kernels);
            servers.add(resources.add(Server.start(environment, config, network, source)));
        }

        /** A client with a node of its own, like one on another machine. */
        RunningModel client() throws IOException, InterruptedException {
            var own = new Resources();
            Node node = own.add(Node.client(environment, nodes.getFirst().host().addresses()));
            var remote = own.add(RunningModel.connect(environment, node, prefix, files.config(), session.sessions()));
            Ends ends = own.add(Ends.load(files.checkpoint(), WeightsType.AUTO, kernels));
            return RunningModel.of(own, environment, files, ends, remote);
        }

        void show(Console console) {
            int blocks = files.config().blockCount();
            console.line(console.bold(files.found().name()) + ": " + blocks + " blocks on " + servers.size()
                    + " servers of this machine");
            console.line("");
            var table = new Table("", "", "", "", "");
            table.row("  bootstrap", nodes.getFirst().host().peerId().shortForm(), "", "", address(nodes.getFirst()));
            for (int i = 0; i < servers.size(); i++) {
                Span span = servers.get(i).span();
                table.row(
                        "  server " + (i + 1),
                        nodes.get(i + 1).host().peerId().shortForm(),
                        "blocks " + span,
                        SwarmPicture.bar(span, new Span(0, blocks)),
                        address(nodes.get(i + 1)));
            }
            table.row("  client", "", "embeddings and head");
            table.lines().stream().skip(1).forEach(console::line);
        }

        private static String address(Node node) {
            return node.host()
                    .addresses()
                    .getFirst()
                    .withoutPeer()
                    .map(Multiaddr::toString)
                    .orElse("");
        }

        /** The command lines with which others join. */
        void invite(Console console) {
            String peers = nodes.getFirst().host().addresses().getFirst().toString();
            String which = model + " --initial-peers " + peers
                    + (files.derivedPrefix().isPresent() ? "" : " --dht-prefix " + prefix);
            console.line("");
            console.line("The swarm stays up until Ctrl-C. In another terminal:");
            console.line("  ./corolla chat " + which);
            console.line("  ./corolla info " + which);
            console.line("  ./corolla server " + which + " --num-blocks "
                    + Math.ceilDiv(files.config().blockCount(), serverCount));
        }
    }
}
