package corolla.server;

import corolla.base.Environment;
import corolla.model.block.BlockStack;
import corolla.model.block.KvCache;
import corolla.model.family.ModelConfig;
import corolla.p2p.PeerId;
import corolla.server.adapter.AdapterFolder;
import corolla.server.adapter.AdapterSource;
import corolla.server.adapter.ServedAdapters;
import corolla.server.backend.Backend;
import corolla.server.cache.CacheBudget;
import corolla.server.handler.Handlers;
import corolla.server.handler.ServedBlocks;
import corolla.server.handler.ServedModel;
import corolla.server.placement.BlockPlacement;
import corolla.server.placement.SwarmPlacement;
import corolla.server.throughput.Throughput;
import corolla.server.throughput.ThroughputMeter;
import corolla.swarm.ModelRecord;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.bandwidth.BandwidthProbe;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.directory.Announcer;
import corolla.swarm.protocol.ServerLoad;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The steps of {@link Server#start}. Confined to its thread. */
final class ServerStart {
    private static final System.Logger LOG = System.getLogger(Server.class.getName());

    /** What stock servers assume of a network that they cannot measure. */
    private static final double NETWORK_BITS = 100e6;

    private final ServerParts parts;
    private final Environment environment;
    private final ServerConfig config;
    private final ModelConfig model;
    private long callBytes; // what memory is lent for calls; 0: no limit of its own

    ServerStart(ServerParts parts) {
        this.parts = parts;
        this.environment = parts.environment();
        this.config = parts.config();
        this.model = parts.source().config();
    }

    Server run() throws IOException, InterruptedException {
        if (parts.network().models().contains(config.prefix())) {
            throw new IllegalArgumentException("this node serves blocks of " + config.prefix()
                    + " already, and a peer can announce only one span of a model: start another process");
        }
        checkCompression();
        Span span = chooseBlocks();
        ServedModel served = served(new ServedBlocks(environment.clock()));
        CacheBudget cache = cache(served, span);
        parts.network().models().promise(config.prefix(), () -> cache.bytesFree() + callBytes);
        // nothing is measured yet, but others that choose blocks must see that these are taken
        double network = Throughput.networkRps(config.networkBitsPerSecond().orElse(NETWORK_BITS), model.hiddenSize());
        Throughput claimed = Throughput.given(config.throughput().orElse(network));
        var joining = new ServerFacts(
                config,
                served,
                parts.source().quantisation(),
                cache,
                claimed,
                () -> List.copyOf(config.adapters().keySet()),
                () -> new ServerLoad(0, 0));
        ServerAnnouncements announcements = announcements(joining);
        announcements.tell(Standing.of(span, ServerState.JOINING));
        boolean started = false;
        try {
            Server server = serve(span, served, cache, announcements);
            started = true;
            return server;
        } finally {
            if (!started) {
                parts.network().models().forget(config.prefix());
                announcements.tellGone();
            }
        }
    }

    private Server serve(Span span, ServedModel served, CacheBudget cache, ServerAnnouncements announcements)
            throws IOException, InterruptedException {
        Backend backend = backend(parts.source().load(span));
        boolean started = false;
        try {
            var adapters = new ServedAdapters(backend.adapters(), announcements::wish);
            AdapterFolder folder = load(adapters);
            Throughput measured = throughput(backend.blocks());
            Handlers handlers = Handlers.register(
                    environment,
                    parts.network().models().switchboard(),
                    parts.network().rpc(),
                    parts.network().host().peerId(),
                    served,
                    backend,
                    cache,
                    limits(),
                    config.isRelayed());
            var facts = new ServerFacts(
                    config,
                    served,
                    parts.source().quantisation(),
                    cache,
                    measured,
                    adapters::names,
                    () -> new ServerLoad(handlers.sessions(), backend.waiting()));
            announcements.learn(facts);
            var server = new Server(parts, facts, announcements, backend, handlers, adapters, folder, span);
            server.open();
            logStart(span, served, backend, facts);
            started = true;
            return server;
        } finally {
            if (!started) {
                backend.close();
            }
        }
    }

    private void logStart(Span span, ServedModel served, Backend backend, ServerFacts facts) {
        LOG.log(
                Level.INFO,
                "serving {0} blocks={1} dtype={2} quantization={3} weightBytes={4} cacheBytes={5} throughput={6}",
                served.prefix(),
                span,
                served.wireType().torchName(),
                parts.source().quantisation().announcedName(),
                backend.blocks().weightBytes(),
                facts.cache().bytesMax(),
                facts.throughput().total());
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
            int count = blockCount();
            if (count < model.blockCount()) {
                pause(); // others that begin now shall see our choice, or we theirs
            }
            return BlockPlacement.choose(
                    SwarmPlacement.of(parts.view(), Set.of()).all().without(parts.self()), count);
        }
        if (!parts.allBlocks().contains(chosen)) {
            throw new IllegalArgumentException(
                    "blocks " + chosen + " of " + config.prefix() + ", which has the blocks " + parts.allBlocks());
        }
        return chosen;
    }

    /** As many as were asked for, and fit. */
    private int blockCount() throws IOException, InterruptedException {
        int wanted = config.blockCount() == 0 ? model.blockCount() : Math.min(config.blockCount(), model.blockCount());
        OptionalLong bytesFree = parts.source().memory().bytesFree();
        if (bytesFree.isEmpty() && config.memoryBytesMax().isEmpty()) {
            return wanted;
        }
        long memory = bytesFree.isEmpty()
                ? config.memoryBytesMax().getAsLong()
                : MemoryPlan.lent(
                        bytesFree.getAsLong() - parts.network().models().promisedBytes(), config.memoryBytesMax());
        // Nothing but a loaded block tells what blocks take in this format; the weakest one is likely to be among those
        // that we take.
        Span probe =
                BlockPlacement.choose(SwarmPlacement.of(parts.view(), Set.of()).all(), 1);
        long weightBytes;
        try (BlockStack block = parts.source().load(probe)) {
            long taken =
                    bytesFree.orElse(0) - parts.source().memory().bytesFree().orElse(0);
            weightBytes = Math.max(block.weightBytes(), taken); // a device rounds up
        }
        long cacheBytes = Sizes.cacheTokens(config, model) * KvCache.bytes(model, 1, 1, 1);
        MemoryPlan plan = MemoryPlan.of(memory, weightBytes, cacheBytes, wanted);
        callBytes = plan.callBytes();
        LOG.log(Level.INFO, "blocks={0} of {1} fit in {2} bytes", plan.blocks(), wanted, memory);
        return plan.blocks();
    }

    /** The configured limits, within the memory that is lent. */
    private ServerLimits limits() {
        ServerLimits limits = config.limits();
        long calls = callBytes;
        return calls == 0
                ? limits
                : limits.withBackwardBytesMax(Math.min(limits.backwardBytesMax(), calls / 2))
                        .withPromptBytesMax(Math.min(limits.promptBytesMax(), calls / 4))
                        .withRequestBytesMax((int) Math.min(limits.requestBytesMax(), calls / 4));
    }

    private void pause() throws InterruptedException {
        double share = environment.randoms().stream("first choice").nextDouble();
        Duration mean = config.placement().selectionMean();
        environment.clock().sleep(Duration.ofNanos((long) (share * 2 * mean.toNanos())));
    }

    private void checkCompression() {
        if (!TensorCodec.canEncode(parts.source().wireType(), config.compression())) {
            throw new IllegalArgumentException("compression " + config.compression() + " does not go with "
                    + parts.source().wireType().torchName() + " hidden states; choose another, or other weights");
        }
    }

    private ServedModel served(ServedBlocks blocks) {
        return new ServedModel(
                config.prefix(),
                blocks,
                model.hiddenSize(),
                parts.source().wireType(),
                config.compression(),
                Sizes.inferenceLengthMax(config, model),
                Sizes.batchTokensMax(config, model),
                KvCache.bytes(model, 1, 1, 1));
    }

    private CacheBudget cache(ServedModel served, Span span) {
        ServerLimits limits = config.limits();
        long tokens = (long) Sizes.cacheTokens(config, model) * span.length();
        long bytes = Math.multiplyExact(tokens, served.cacheBytesPerToken());
        long perPeer = bytes / 100 * limits.cachePerPeerPercent() + bytes % 100 * limits.cachePerPeerPercent() / 100;
        return new CacheBudget("attention cache", environment.clock(), bytes, perPeer, limits.cacheWaitingMax());
    }

    private ServerAnnouncements announcements(ServerFacts joining) {
        var record = new ModelRecord(
                model.blockCount(),
                config.repository().map(name -> ModelRecord.HUB + name).orElse(null));
        ServerLimits limits = config.limits();
        return new ServerAnnouncements(
                parts,
                new Announcer(parts.network().dht(), config.prefix(), record, config.updatePeriod()),
                new NextPings(environment, parts.network().dht(), limits.pingTimeout(), limits.pingsMax()),
                joining);
    }

    private double networkBits() throws InterruptedException {
        OptionalDouble known = config.networkBitsPerSecond();
        if (known.isPresent()) {
            return known.getAsDouble();
        }
        List<PeerId> peers = new ArrayList<>(parts.network().dht().knownPeers());
        Collections.shuffle(peers, Random.from(environment.randoms().stream("bandwidth partners")));
        OptionalDouble measured = new BandwidthProbe(parts.network().rpc(), environment.clock()).bitsPerSecond(peers);
        LOG.log(
                Level.INFO,
                measured.isPresent() ? "network measured: {0} Mbit/s" : "network not measured, taken for {0} Mbit/s",
                measured.orElse(NETWORK_BITS) / 1e6);
        return measured.orElse(NETWORK_BITS);
    }

    private Throughput throughput(BlockStack blocks) throws IOException, InterruptedException {
        if (config.throughput().isPresent()) {
            return Throughput.given(config.throughput().getAsDouble());
        }
        var meter = new ThroughputMeter(blocks, environment.team(), environment.clock());
        return Throughput.of(
                Throughput.networkRps(networkBits(), model.hiddenSize()),
                meter.forwardRps(),
                meter.inferenceRps(),
                blocks.end() - blocks.start(),
                config.isRelayed());
    }
}
