package corolla.swarm.directory;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.dht.DhtValue;
import corolla.p2p.PeerId;
import corolla.swarm.BlockUid;
import corolla.swarm.ServerInfo;
import corolla.swarm.ServerInfoRecord;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** DHT records of blocks to a {@link SwarmView}. What a stock reader would drop is dropped, with a warning. */
final class BlockRecords {
    private static final System.Logger LOG = System.getLogger(BlockRecords.class.getName());

    private BlockRecords() {}

    /** The DHT key of a block. */
    static Pack key(String prefix, int block) {
        return new Pack.Text(new BlockUid(prefix, block).toString());
    }

    static List<Pack> keys(String prefix, Span range) {
        var keys = new ArrayList<Pack>(range.length());
        for (int block = range.start(); block < range.end(); block++) {
            keys.add(key(prefix, block));
        }
        return keys;
    }

    static SwarmView view(String prefix, Span range, Map<Pack, DhtValue> values) {
        var blocks = new ArrayList<Map<PeerId, ServerInfo>>(range.length());
        for (Pack key : keys(prefix, range)) {
            blocks.add(servers(key, values.get(key)));
        }
        return new SwarmView(prefix, range, blocks);
    }

    private static Map<PeerId, ServerInfo> servers(Pack key, @Nullable DhtValue value) {
        return switch (value) {
            case null -> Map.of();
            case DhtValue.Regular regular -> {
                LOG.log(Level.WARNING, "block record ignored: not a dictionary key={0}", key);
                yield Map.of();
            }
            case DhtValue.Dictionary dictionary -> servers(key, dictionary);
        };
    }

    private static Map<PeerId, ServerInfo> servers(Pack key, DhtValue.Dictionary dictionary) {
        var servers = new LinkedHashMap<PeerId, ServerInfo>();
        dictionary.entries().forEach((subkey, record) -> {
            try {
                servers.put(peer(subkey), ServerInfoRecord.read(record.value()));
            } catch (ProtocolException e) {
                LOG.log(Level.WARNING, "server record ignored: {0} key={1}", e.getMessage(), key);
            }
        });
        return servers;
    }

    private static PeerId peer(Pack subkey) throws ProtocolException {
        try {
            return PeerId.parse(subkey.asText());
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("the subkey of a server record is not a peer id: " + e.getMessage(), e);
        }
    }
}
