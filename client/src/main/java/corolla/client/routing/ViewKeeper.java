package corolla.client.routing;

import corolla.base.Environment;
import corolla.base.task.Gate;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.swarm.SwarmView;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The latest view of the swarm. A task of its own reads it anew every update period, or when somebody wishes it. Thread-safe; the owner
 * closes it.
 */
final class ViewKeeper implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ViewKeeper.class.getName());

    /** Wishes within this time are granted together. */
    private static final Duration BETWEEN_WISHES = Duration.ofSeconds(1);

    private final Clock clock;
    private final ViewSource source;
    private final ServerPings pings;
    private final RoutingConfig config;
    private final TaskScope scope;

    private final Gate gate; // guards all below

    private @Nullable SwarmView view;

    private long viewNanoTime;

    private @Nullable IOException updateFailure;

    // Updates are numbered: which one somebody waits for, which one has begun, which one is done.
    private long updateWanted;

    private long updateBegun;

    private long updateDone;

    private boolean isWished;

    private long begunNanoTime;

    ViewKeeper(Environment environment, ViewSource source, ServerPings pings, RoutingConfig config) {
        this.clock = environment.clock();
        this.source = source;
        this.pings = pings;
        this.config = config;
        this.gate = new Gate(clock);
        this.scope = environment.tasks().open("swarm view");
    }

    /** Starts the updating task. */
    void start() {
        scope.run("update", this::keepUpdated);
    }

    /** A view at most {@link RoutingConfig#viewAgeMax()} old. */
    SwarmView fresh(Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            if (isOutdated()) {
                awaitNext(deadline);
            }
            SwarmView known = view;
            if (known == null || isOutdated()) {
                throw new IOException(
                        "cannot read from the swarm who serves which blocks"
                                + (updateFailure == null ? "" : ": " + updateFailure.getMessage())
                                + "; is one of the initial peers up and reachable?",
                        updateFailure);
            }
            return known;
        } finally {
            gate.unlock();
        }
    }

    /** The latest view, however old. */
    @Nullable
    SwarmView latest() {
        gate.lock();
        try {
            return view;
        } finally {
            gate.unlock();
        }
    }

    // guarded by gate
    private boolean isOutdated() {
        return view == null
                || clock.nanoTime() - viewNanoTime > config.viewAgeMax().toNanos();
    }

    /** Waits for an update that begins after now, or for the first one. */
    void awaitUpdate(Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            awaitNext(deadline);
        } finally {
            gate.unlock();
        }
    }

    // guarded by gate
    private void awaitNext(Deadline deadline) throws IOException, InterruptedException {
        long awaited = updateDone == 0 ? 1 : updateBegun + 1;
        updateWanted = Math.max(updateWanted, awaited);
        gate.signalAll();
        while (updateDone < awaited) {
            if (!gate.await(deadline) && updateDone < awaited) {
                throw new DeadlineException("reading from the swarm who serves which blocks took too long");
            }
        }
    }

    /** Something has changed: an update soon would be good. Returns at once. */
    void wish() {
        gate.lock();
        try {
            isWished = true;
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    private void keepUpdated() throws InterruptedException {
        while (true) {
            long update = beginUpdate();
            try {
                SwarmView read = source.read(Deadline.after(clock, config.updateTimeout()))
                        .filter(config::isUsable);
                pings.measure(read);
                endUpdate(update, read, null);
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "swarm view not updated", e);
                endUpdate(update, null, e);
            }
        }
    }

    private long beginUpdate() throws InterruptedException {
        gate.lock();
        try {
            Deadline next = Deadline.after(clock, config.updatePeriod());
            while (updateDone > 0 && updateWanted <= updateDone && gate.await(isWished ? wished(next) : next)) {
                // woken by somebody else's signal, or by a wish: look again
            }
            isWished = false;
            begunNanoTime = clock.nanoTime();
            return ++updateBegun;
        } finally {
            gate.unlock();
        }
    }

    private Deadline wished(Deadline next) {
        return new Deadline(begunNanoTime + BETWEEN_WISHES.toNanos()).earlier(next);
    }

    private void endUpdate(long update, @Nullable SwarmView read, @Nullable IOException failure) {
        gate.lock();
        try {
            if (read != null) {
                view = read;
                viewNanoTime = clock.nanoTime();
            }
            updateFailure = failure;
            updateDone = update;
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    @Override
    public void close() {
        scope.close();
    }
}
