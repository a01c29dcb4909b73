package corolla.swarm.directory;

import corolla.base.time.Deadline;
import corolla.dht.DhtNode;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import java.io.IOException;

/** Reads who serves which blocks of one model. Thread-safe; every call asks the DHT. */
public final class Directory {
    private final DhtNode dht;
    private final String prefix;

    /** @param dht borrowed */
    public Directory(DhtNode dht, String prefix) {
        this.dht = dht;
        this.prefix = prefix;
    }

    public String prefix() {
        return prefix;
    }

    /** The newest unexpired records of these blocks. Blocks that nobody announces have no servers in the view. */
    public SwarmView read(Span range, Deadline deadline) throws IOException, InterruptedException {
        return BlockRecords.view(prefix, range, dht.getMany(BlockRecords.keys(prefix, range), true, deadline));
    }
}
