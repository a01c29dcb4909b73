package corolla.p2p.yamux;

import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.p2p.P2pLimits;
import corolla.p2p.noise.SecureChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the threads of sessions in a scope, as a host does.
 *
 * @param writers how many times a writer was asked for
 */
record SessionRunner(Clock clock, TaskScope scope, MemoryBudget budget, AtomicInteger writers) {
    private static final Duration LIFE_INTERVAL = Duration.ofSeconds(1);

    /** @param scope where threads are born; it ends them */
    SessionRunner(Clock clock, TaskScope scope, MemoryBudget budget) {
        this(clock, scope, budget, new AtomicInteger());
    }

    /** A session with default limits that runs until the scope ends. */
    Yamux start(SecureChannel channel, boolean client, Consumer<YamuxStream> inbound) {
        Owner owner = new Owner(scope, inbound, writers);
        Yamux session = new Yamux(clock, channel, client, P2pLimits.defaults(), budget, owner);
        owner.session = session;
        scope.run("reader", () -> read(session));
        scope.run("signs of life", () -> checkLives(session));
        return session;
    }

    private static void read(Yamux session) throws InterruptedException {
        try {
            session.read();
        } catch (IOException e) {
            session.end(String.valueOf(e.getMessage()));
        }
    }

    private void checkLives(Yamux session) throws InterruptedException {
        while (true) {
            clock.sleep(LIFE_INTERVAL);
            session.checkLife();
        }
    }

    private static final class Owner implements Yamux.Owner {
        private final TaskScope scope;
        private final Consumer<YamuxStream> inbound;
        private final AtomicInteger writers;
        private @Nullable Yamux session;

        Owner(TaskScope scope, Consumer<YamuxStream> inbound, AtomicInteger writers) {
            this.scope = scope;
            this.inbound = inbound;
            this.writers = writers;
        }

        @Override
        public void onInbound(YamuxStream stream) {
            inbound.accept(stream);
        }

        @Override
        public void needsWriter() {
            writers.incrementAndGet();
            scope.run("writer", Objects.requireNonNull(session)::write);
        }
    }
}
