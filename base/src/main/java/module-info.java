/**
 * The doors to time, randomness, threads, bytes and compute, and the encodings that every protocol shares.
 *
 * <p>Only this module reads the clock, draws random numbers, opens sockets or starts threads. Everything above it takes
 * an {@link corolla.base.Environment}, which has a real twin here and a simulated one in the testkit: that is what lets
 * a whole swarm run in one test, in virtual time, from one seed. Start reading there.
 */
@SuppressWarnings("module") // the testkit, which builds after this, makes its task scopes from ours
module corolla.base {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires com.google.protobuf;
    requires msgpack.core;

    exports corolla.base;
    exports corolla.base.compute;
    exports corolla.base.internal to
            corolla.testkit;
    exports corolla.base.msgpack;
    exports corolla.base.multiformat;
    exports corolla.base.protobuf;
    exports corolla.base.random;
    exports corolla.base.task;
    exports corolla.base.time;
    exports corolla.base.transport;
}
