/**
 * The simulated twins of the doors of base: a seeded scheduler over virtual threads that owns the time, and a network with delay,
 * late packets, partitions and crashes. A whole swarm of real protocol code runs in one test, and one seed gives one trace.
 * Start with {@link corolla.testkit.SimulatedWorld}.
 *
 * <p>Needs {@code --add-opens java.base/java.lang=ALL-UNNAMED} in the test's JVM.
 */
module corolla.testkit {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires java.logging;
    requires jdk.httpserver;
    requires transitive corolla.base;

    exports corolla.testkit;
}
