package corolla.server.handler;

import corolla.p2p.rpc.RpcContext;
import corolla.server.adapter.AdapterTable;
import corolla.server.cache.CacheBudget;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.RpcInfo;
import corolla.swarm.protocol.ServerVersion;
import java.io.IOException;

/** {@code rpc_info}: version, free cache, adapters, and what tensors the blocks take. Thread-safe. */
final class InfoHandler {
    private final ServedModel model;
    private final CacheBudget cache;
    private final AdapterTable adapters;
    private final boolean relayed;

    InfoHandler(ServedModel model, CacheBudget cache, AdapterTable adapters, boolean relayed) {
        this.model = model;
        this.cache = cache;
        this.adapters = adapters;
        this.relayed = relayed;
    }

    byte[] handle(RpcContext context, byte[] request) throws IOException {
        String uid = ExpertMessages.readUid(request);
        RpcInfo.Schema schema = null;
        if (!uid.isEmpty()) {
            model.chain(uid);
            schema = RpcInfo.Schema.of(model.hiddenSize(), model.wireType().torchName(), model.compression());
        }
        long tokens = cache.bytesFree() / model.cacheBytesPerToken();
        return ExpertMessages.writeInfo(
                new RpcInfo(ServerVersion.PETALS, relayed, tokens, adapters.names(), schema).write());
    }
}
