package corolla.swarm.directory;

import corolla.base.msgpack.Pack;
import corolla.base.time.Deadline;
import corolla.dht.DhtNode;
import corolla.dht.DhtStore;
import corolla.swarm.ModelRecord;
import corolla.swarm.ServerInfo;
import corolla.swarm.ServerInfoRecord;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes what a server says about itself: one record for each of its blocks, and its model's entry in the registry. Each
 * round is one batched store. Thread-safe.
 */
public final class Announcer {
    /** Records live at least this long, so that a short period does not make a server blink. */
    private static final Duration EXPIRATION_MIN = Duration.ofSeconds(3);

    private final DhtNode dht;
    private final String prefix;
    private final ModelRecord model;
    private final Duration expiration;

    /** @param updatePeriod how often the caller announces; records live twice as long */
    public Announcer(DhtNode dht, String prefix, ModelRecord model, Duration updatePeriod) {
        this.dht = dht;
        this.prefix = prefix;
        this.model = model;
        Duration twice = updatePeriod.multipliedBy(2);
        this.expiration = twice.compareTo(EXPIRATION_MIN) > 0 ? twice : EXPIRATION_MIN;
    }

    /**
     * Announces the same facts under every block of {@code span}.
     *
     * @return under how many blocks at least one node has taken the record
     */
    public int announce(Span span, ServerInfo info, Deadline deadline) throws IOException, InterruptedException {
        List<Boolean> stored = dht.storeMany(records(span, info), deadline);
        return (int) stored.subList(0, span.length()).stream().filter(ok -> ok).count();
    }

    private List<DhtStore> records(Span span, ServerInfo info) {
        double expires = dht.now() + expiration.toMillis() / 1000.0;
        Pack peer = new Pack.Text(dht.peerId().toBase58());
        Pack value = ServerInfoRecord.write(info);
        var records = new ArrayList<DhtStore>(span.length() + 1);
        for (Pack key : BlockRecords.keys(prefix, span)) {
            records.add(new DhtStore(key, peer, value, expires));
        }
        if (ModelRecord.isListed(prefix) && info.state() != ServerState.OFFLINE) {
            Pack registry = new Pack.Text(ModelRecord.KEY);
            records.add(new DhtStore(registry, new Pack.Text(prefix), model.write(), expires));
        }
        return records;
    }
}
