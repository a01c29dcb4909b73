/**
 * The words that clients and servers share: block names, spans, what a server announces, tensors and messages on the wire.
 *
 * <p>Start reading at {@link corolla.swarm.SwarmView} (who serves what), then {@link corolla.swarm.directory.Directory} (how
 * that is read from the DHT), then {@link corolla.swarm.protocol} (what is said on a stream) and {@link corolla.swarm.codec}
 * (how a tensor becomes bytes).
 */
module corolla.swarm {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive corolla.base;
    requires transitive corolla.p2p;
    requires transitive corolla.dht;
    requires transitive corolla.tensor;

    exports corolla.swarm;
    exports corolla.swarm.bandwidth;
    exports corolla.swarm.codec;
    exports corolla.swarm.directory;
    exports corolla.swarm.protocol;
    exports corolla.swarm.reachability;
}
