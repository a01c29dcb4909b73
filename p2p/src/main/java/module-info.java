/**
 * The peer-to-peer host: libp2p over TCP, in straight blocking code on virtual threads.
 *
 * <p>Start reading at {@link corolla.p2p.Host}. Bytes go down through {@code multistream} (which protocol), {@code yamux}
 * (many streams in one connection), {@code noise} (encryption and proof of identity) and TCP; {@code host} ties them together.
 */
module corolla.p2p {
    requires static transitive org.jspecify;
    requires static transitive java.compiler; // @Generated, of record builders
    requires static io.soabase.recordbuilder.core;
    requires static com.google.errorprone.annotations;
    requires transitive corolla.base;

    exports corolla.p2p;
    exports corolla.p2p.host;
    exports corolla.p2p.identity;
    exports corolla.p2p.kad;
    exports corolla.p2p.relay;
    exports corolla.p2p.rpc;
}
