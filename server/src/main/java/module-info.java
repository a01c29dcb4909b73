/**
 * Serves a span of a model's blocks: answers calls, computes them in turns, keeps sessions' caches within a budget, and tells
 * the swarm what it serves. Start reading at {@link corolla.server.Server}.
 */
module corolla.server {
    requires static transitive org.jspecify;
    requires static transitive java.compiler; // @Generated, of record builders
    requires static io.soabase.recordbuilder.core;
    requires static com.google.errorprone.annotations;
    requires transitive corolla.base;
    requires transitive corolla.p2p;
    requires transitive corolla.dht;
    requires transitive corolla.tensor;
    requires transitive corolla.model;
    requires transitive corolla.swarm;

    exports corolla.server;
    exports corolla.server.adapter;
    exports corolla.server.placement;
    exports corolla.server.throughput;
}
