package corolla.testkit;

import java.lang.reflect.Constructor;
import java.util.concurrent.Executor;

/**
 * Virtual threads with a scheduler of ours. The JDK has no public way; its own tests use the constructor that is reached here.
 * {@code JdkFactsTest} fails first when a JDK takes it away.
 */
final class SimulatedThreads {
    private static final Constructor<?> BUILDER = builder();

    private SimulatedThreads() {}

    static Thread unstarted(Executor scheduler, String name, Runnable body) {
        try {
            Thread.Builder.OfVirtual builder = (Thread.Builder.OfVirtual) BUILDER.newInstance(scheduler);
            return builder.name(name).unstarted(body);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot create a virtual thread on a scheduler of ours", e);
        }
    }

    private static Constructor<?> builder() {
        try {
            Constructor<?> constructor = Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder")
                    .getDeclaredConstructor(Executor.class);
            constructor.setAccessible(true);
            return constructor;
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new IllegalStateException(
                    "simulation needs --add-opens java.base/java.lang=ALL-UNNAMED, and a JDK that it knows", e);
        }
    }
}
