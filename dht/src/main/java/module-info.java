/**
 * hivemind's distributed hash table: small signed or unsigned records under a key, kept by the nodes nearest to it until they
 * expire. It carries peer ids, never network addresses; those come from {@code corolla.p2p.kad}.
 *
 * <p>Start reading at {@link corolla.dht.DhtNode}. The pure parts are {@code kbucket} (who is known), {@code lookup} (whom to
 * ask next) and {@code storage} (what replaces what); {@code protocol} has the messages.
 */
@SuppressWarnings("module") // corolla.swarm is built after us
module corolla.dht {
    requires static transitive org.jspecify;
    requires static transitive java.compiler; // @Generated, of record builders
    requires static io.soabase.recordbuilder.core;
    requires static com.google.errorprone.annotations;
    requires transitive corolla.base;
    requires transitive corolla.p2p;

    exports corolla.dht;
    exports corolla.dht.validation;
    // ReachabilityProtocol speaks with the DHT's ping messages.
    exports corolla.dht.protocol to
            corolla.swarm;
}
