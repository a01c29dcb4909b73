package corolla.server;

import corolla.base.Environment;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.model.block.BlockStack;
import corolla.model.block.KvCache;
import corolla.model.family.ModelConfig;
import corolla.server.adapter.AdapterFolder;
import corolla.server.adapter.AdapterSource;
import corolla.server.adapter.ServedAdapters;
import corolla.server.backend.Backend;
import corolla.server.cache.CacheBudget;
import corolla.server.handler.Handlers;
import corolla.server.handler.ServedModel;
import corolla.server.placement.BlockPlacement;
import corolla.server.throughput.Throughput;
import corolla.server.throughput.ThroughputMeter;
import corolla.swarm.ModelRecord;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.directory.Announcer;
import corolla.swarm.directory.Directory;
import corolla.swarm.protocol.ServerLoad;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A server of some blocks of a model. Thread-safe. {@link #start} returns when it serves and the swarm has been told;
 * {@link #close} tells the swarm, ends the sessions and frees everything.
 */
public final class Server implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Server.class.getName());

    private final ServerFacts facts;
    private final ServerAnnouncements announcements;
    private final Backend backend;
    private final Handlers handlers;
    private final ServedAdapters adapters;
    private final TaskScope tasks;
    private boolean closed; // guarded by this

    private Server(
            ServerFacts facts,
            ServerAnnouncements announcements,
            Backend backend,
            Handlers handlers,
            ServedAdapters adapters,
            TaskScope tasks) {
        this.facts = facts;
        this.announcements = announcements;
        this.backend = backend;
        this.handlers = handlers;
        this.adapters = adapters;
        this.tasks = tasks;
    }

    /**
     * Chooses blocks, claims them, loads them, measures them, and serves.
     *
     * @param network borrowed; must outlive the server
     * @param source borrowed until this returns
     * @throws IOException when blocks cannot be read, or the swarm cannot be asked which to take
     */
    public static Server start(Environment environment, ServerConfig config, ServerNetwork network, BlockSource source)
            throws IOException, InterruptedException {
        return new Startup(environment, config, network, source).run();
    }

    /** The steps of {@link #start}. Confined to its thread. */
    private static final class Startup {
        private final Environment environment;
        private final ServerConfig config;
        private final ServerNetwork network;
        private final BlockSource source;
        private final ModelConfig model;
        private final Span allBlocks;
        private final Directory directory;

        Startup(Environment environment, ServerConfig config, ServerNetwork network, BlockSource source) {
            this.environment = environment;
            this.config = config;
            this.network = network;
            this.source = source;
            this.model = source.config();
            this.allBlocks = new Span(0, model.blockCount());
            this.directory = new Directory(network.dht(), config.prefix());
        }

        Server run() throws IOException, InterruptedException {
            if (network.models().contains(config.prefix())) {
                throw new IllegalArgumentException("this node serves blocks of " + config.prefix()
                        + " already, and a peer can announce only one span of a model: start another process");
            }
            Span span = chooseBlocks();
            ServedModel served = served(span);
            CacheBudget cache = cache(served);
            // nothing is measured yet, but others that choose blocks must see that these are taken
            double network = Throughput.networkRps(config.networkBitsPerSecond(), model.hiddenSize());
            Throughput claimed = Throughput.given(config.throughput().orElse(network));
            var announcements = announcements();
            var joining = new ServerFacts(
                    config,
                    served,
                    source.quantisation(),
                    cache,
                    claimed,
                    () -> List.copyOf(config.adapters().keySet()),
                    () -> new ServerLoad(0, 0));
            announcements.announce(joining, ServerState.JOINING);
            boolean started = false;
            try {
                Server server = serve(served, cache, announcements);
                started = true;
                return server;
            } finally {
                if (!started) {
                    announcements.announce(joining, ServerState.OFFLINE);
                }
            }
        }

        private Server serve(ServedModel served, CacheBudget cache, ServerAnnouncements announcements)
                throws IOException, InterruptedException {
            Backend backend = backend(source.load(served.span()));
            boolean started = false;
            try {
                var adapters = new ServedAdapters(backend.adapters(), announcements::wish);
                AdapterFolder folder = load(adapters);
                Throughput measured = throughput(backend.blocks());
                Handlers handlers = Handlers.register(
                        environment,
                        network.models().switchboard(),
                        network.rpc(),
                        network.host().peerId(),
                        served,
                        backend,
                        cache,
                        config.limits(),
                        config.isRelayed());
                var facts = new ServerFacts(
                        config,
                        served,
                        source.quantisation(),
                        cache,
                        measured,
                        adapters::names,
                        () -> new ServerLoad(handlers.sessions(), backend.waiting()));
                announcements.announce(facts, ServerState.ONLINE);
                TaskScope tasks = environment.tasks().open("server of " + served.prefix() + " " + served.span());
                tasks.run("announcer", () -> announcements.repeat(facts));
                if (folder != null) {
                    tasks.run("adapters folder", folder::watch);
                }
                LOG.log(
                        Level.INFO,
                        "serving {0} blocks={1} dtype={2} quantization={3} weightBytes={4} cacheBytes={5} throughput={6}",
                        served.prefix(),
                        served.span(),
                        served.wireType().torchName(),
                        source.quantisation().announcedName(),
                        backend.blocks().weightBytes(),
                        cache.bytesMax(),
                        facts.throughput().total());
                started = true;
                return new Server(facts, announcements, backend, handlers, adapters, tasks);
            } finally {
                if (!started) {
                    backend.close();
                }
            }
        }

        private Backend backend(BlockStack blocks) {
            ServerLimits limits = config.limits();
            return new Backend(
                    blocks,
                    environment.team(),
                    environment.clock(),
                    limits.turnRowsMax(),
                    limits.stepsWaitingMax(),
                    config.adapterLimits());
        }

        /** Loads the adapters that the operator has named, and those in the folder to watch; returns that, if there is one. */
        private @Nullable AdapterFolder load(ServedAdapters adapters) throws IOException, InterruptedException {
            for (Map.Entry<String, AdapterSource> adapter : config.adapters().entrySet()) {
                adapters.load(adapter.getKey(), adapter.getValue());
            }
            Path path = config.adaptersFolder().orElse(null);
            if (path == null) {
                return null;
            }
            var folder = new AdapterFolder(path, adapters, config.adapterLimits(), environment.clock());
            folder.loadAll();
            return folder;
        }

        private Span chooseBlocks() throws IOException, InterruptedException {
            Span chosen = config.blocks().orElse(null);
            if (chosen == null) {
                int count = Math.min(config.blockCount(), model.blockCount());
                Deadline deadline =
                        Deadline.after(environment.clock(), config.limits().announceTimeout());
                return BlockPlacement.choose(directory.read(allBlocks, deadline), count);
            }
            if (!allBlocks.contains(chosen)) {
                throw new IllegalArgumentException(
                        "blocks " + chosen + " of " + config.prefix() + ", which has the blocks " + allBlocks);
            }
            return chosen;
        }

        private ServedModel served(Span span) {
            if (!TensorCodec.canEncode(source.wireType(), config.compression())) {
                throw new IllegalArgumentException("compression " + config.compression() + " does not go with "
                        + source.wireType().torchName() + " hidden states; choose another, or other weights");
            }
            return new ServedModel(
                    config.prefix(),
                    span,
                    model.hiddenSize(),
                    source.wireType(),
                    config.compression(),
                    Sizes.inferenceLengthMax(config, model),
                    Sizes.batchTokensMax(config, model),
                    KvCache.bytes(model, 1, 1, 1));
        }

        private CacheBudget cache(ServedModel served) {
            ServerLimits limits = config.limits();
            long tokens =
                    (long) Sizes.cacheTokens(config, model) * served.span().length();
            long bytes = Math.multiplyExact(tokens, served.cacheBytesPerToken());
            long perPeer =
                    bytes / 100 * limits.cachePerPeerPercent() + bytes % 100 * limits.cachePerPeerPercent() / 100;
            return new CacheBudget("attention cache", environment.clock(), bytes, perPeer, limits.cacheWaitingMax());
        }

        private ServerAnnouncements announcements() {
            var record = new ModelRecord(
                    model.blockCount(),
                    config.repository().map(name -> ModelRecord.HUB + name).orElse(null));
            ServerLimits limits = config.limits();
            return new ServerAnnouncements(
                    environment,
                    config,
                    new Announcer(network.dht(), config.prefix(), record, config.updatePeriod()),
                    directory,
                    new NextPings(environment, network.dht(), limits.pingTimeout(), limits.pingsMax()),
                    allBlocks);
        }

        private Throughput throughput(BlockStack blocks) throws IOException, InterruptedException {
            if (config.throughput().isPresent()) {
                return Throughput.given(config.throughput().getAsDouble());
            }
            var meter = new ThroughputMeter(blocks, environment.team(), environment.clock());
            return Throughput.of(
                    Throughput.networkRps(config.networkBitsPerSecond(), model.hiddenSize()),
                    meter.forwardRps(),
                    meter.inferenceRps(),
                    blocks.end() - blocks.start(),
                    config.isRelayed());
        }
    }

    /** The blocks that are served. */
    public Span span() {
        return facts.model().span();
    }

    public String prefix() {
        return facts.model().prefix();
    }

    /** Whether calls are answered: from {@link #start}'s return to {@link #close}. */
    public synchronized boolean ready() {
        return !closed;
    }

    /** Open inference sessions. */
    public int sessions() {
        return handlers.sessions();
    }

    /** Free bytes for keys and values. */
    public long cacheBytesFree() {
        return facts.cache().bytesFree();
    }

    public Throughput throughput() {
        return facts.throughput();
    }

    /** The LoRA adapters that requests may ask for; they can be loaded and removed at any time. */
    public ServedAdapters adapters() {
        return adapters;
    }

    /**
     * Tells the swarm, answers no new calls, cuts the sessions, waits for what computes, and frees the blocks. Idempotent. An
     * interruption shortens the waits for the swarm, not those for memory in use.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        announcements.stop();
        tasks.close();
        try {
            announcements.announce(facts, ServerState.OFFLINE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        handlers.close();
        backend.close();
        LOG.log(Level.INFO, "stopped serving {0} blocks={1}", prefix(), span());
    }
}
