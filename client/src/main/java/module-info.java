/**
 * The client's side of a swarm: it keeps the ends of a model (embeddings, final norm, head), finds a chain of servers that
 * covers all blocks, and sends hidden states through it.
 *
 * <p>From top to bottom: {@link corolla.client.generation} (sampling, text), {@link corolla.client.RemoteModel} (ends and
 * swarm put together), {@link corolla.client.session} (one session over several servers, which survives the loss of any),
 * {@link corolla.client.routing} (who serves what, how far away, which chain). Start reading at {@code RemoteModel}.
 */
module corolla.client {
    requires static transitive org.jspecify;
    requires static transitive java.compiler; // @Generated, of record builders
    requires static io.soabase.recordbuilder.core;
    requires static com.google.errorprone.annotations;
    requires transitive corolla.base;
    requires transitive corolla.p2p;
    requires transitive corolla.dht;
    requires transitive corolla.tensor;
    requires transitive corolla.swarm;
    requires transitive corolla.model;

    exports corolla.client;
    exports corolla.client.forward;
    exports corolla.client.generation;
    exports corolla.client.routing;
    exports corolla.client.session;
}
