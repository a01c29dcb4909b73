package corolla.server;

import corolla.base.msgpack.Pack;
import corolla.model.weights.Quantisation;
import corolla.p2p.PeerId;
import corolla.server.cache.CacheBudget;
import corolla.server.handler.ServedModel;
import corolla.server.throughput.Throughput;
import corolla.swarm.ServerDetails;
import corolla.swarm.ServerInfo;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.protocol.DrainNotice;
import corolla.swarm.protocol.MoveSupport;
import corolla.swarm.protocol.PushSupport;
import corolla.swarm.protocol.ServerLoad;
import corolla.swarm.protocol.ServerVersion;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Puts together what a server announces. Immutable; the free cache, the adapters and the load are asked for each time. */
record ServerFacts(
        ServerConfig config,
        ServedModel model,
        Quantisation quantisation,
        CacheBudget cache,
        Throughput throughput,
        Supplier<List<String>> adapters,
        Supplier<ServerLoad> load) {

    /**
     * What is announced.
     *
     * @param span the blocks to speak of
     * @param resting whether it has moved lately
     * @param nextPings what is known, or null when there was no round of pings
     */
    ServerInfo info(Span span, ServerState state, boolean resting, @Nullable Map<PeerId, Double> nextPings) {
        var builder = ServerDetails.builder()
                .span(span)
                .publicName(config.publicName().orElse(null))
                .version(ServerVersion.PETALS)
                .networkRps(throughput.networkRps())
                .forwardRps(throughput.forwardRps())
                .inferenceRps(throughput.inferenceRps())
                .adapters(adapters.get())
                .torchDtype(model.wireType().torchName())
                .quantType(quantisation.announcedName())
                .usingRelay(config.isRelayed())
                .cacheTokensLeft(cacheTokensLeft())
                .nextPings(nextPings)
                .extension(ServerVersion.EXTENSION, new Pack.Text(ServerVersion.COROLLA))
                .extension(ServerLoad.EXTENSION, load.get().write())
                .extension(PushSupport.EXTENSION, new Pack.Int(PushSupport.VERSION))
                .extension(DrainNotice.EXTENSION, new Pack.Int(DrainNotice.VERSION));
        if (config.isMovable()) {
            builder.extension(MoveSupport.EXTENSION, MoveSupport.write(!resting));
        }
        return new ServerInfo(state, throughput.total(), builder.build());
    }

    /** Keys and values count one each here, unlike in {@code rpc_info}: clients compare it with 2 · tokens · blocks. */
    private long cacheTokensLeft() {
        return 2 * cache.bytesFree() / model.cacheBytesPerToken();
    }
}
