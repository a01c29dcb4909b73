package corolla.server;

import corolla.base.Environment;
import corolla.base.time.Deadline;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import corolla.swarm.directory.Directory;
import java.io.IOException;
import java.time.Duration;

/** What all parts of one server use. Borrowed. */
record ServerParts(
        Environment environment, ServerConfig config, ServerNetwork network, BlockSource source, Directory directory) {

    static ServerParts of(Environment environment, ServerConfig config, ServerNetwork network, BlockSource source) {
        return new ServerParts(environment, config, network, source, new Directory(network.dht(), config.prefix()));
    }

    /** Those of the model. */
    Span allBlocks() {
        return new Span(0, source.config().blockCount());
    }

    /** Our name, as placement orders by. */
    String self() {
        return network.host().peerId().toBase58();
    }

    /** Who serves what now. */
    SwarmView view() throws IOException, InterruptedException {
        return directory.read(allBlocks(), announceDeadline());
    }

    Deadline announceDeadline() {
        return within(config.limits().announceTimeout());
    }

    Deadline within(Duration time) {
        return Deadline.after(environment.clock(), time);
    }
}
