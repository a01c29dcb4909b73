package corolla.server;

import corolla.base.Environment;
import corolla.base.task.Gate;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.server.adapter.AdapterFolder;
import corolla.server.adapter.ServedAdapters;
import corolla.server.backend.Backend;
import corolla.server.backend.LostDevice;
import corolla.server.handler.Handlers;
import corolla.server.handler.ServedBlocks;
import corolla.server.throughput.Throughput;
import corolla.swarm.Span;
import corolla.tensor.DeviceException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A server of some blocks of a model. Thread-safe. {@link #start} returns when it serves and the swarm has been told; from then on
 * it moves to other blocks when the swarm needs it there, unless its blocks are pinned; {@link #close} tells the swarm, ends the sessions
 * and frees everything. {@link #drain} before that lets sessions leave in good time.
 */
public final class Server implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Server.class.getName());

    private static final String STOPS = "is draining, because it stops";
    private static final String PAUSES = "is draining, because it pauses";
    private static final String LOST = "leaves, because its device is lost";

    /** A request that failed with the device ends its session itself, with an answer that says why. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private final ServerParts parts;
    private final ServerFacts facts;
    private final ServerAnnouncements announcements;
    private final Backend backend;
    private final ServedBlocks blocks;
    private final Handlers handlers;
    private final ServedAdapters adapters;
    private final @Nullable AdapterFolder folder;
    private final SpanMover mover;
    private final Exclusive changes;
    private final TaskScope tasks;
    private final Gate gate;
    private final Span first;
    private final LostDevice left = new LostDevice(); // told of when the swarm knows
    private Exclusive.@Nullable Turn pause; // held while the server is paused or drained; guarded by gate
    private boolean closed; // guarded by gate

    Server(
            ServerParts parts,
            ServerFacts facts,
            ServerAnnouncements announcements,
            Backend backend,
            Handlers handlers,
            ServedAdapters adapters,
            @Nullable AdapterFolder folder,
            Span first) {
        this.parts = parts;
        this.facts = facts;
        this.announcements = announcements;
        this.backend = backend;
        this.handlers = handlers;
        this.adapters = adapters;
        this.folder = folder;
        this.blocks = facts.model().blocks();
        this.mover = new SpanMover(parts, blocks, backend, adapters, announcements);
        this.changes = new Exclusive(parts.environment().clock());
        this.gate = new Gate(parts.environment().clock());
        this.first = first;
        this.tasks =
                parts.environment().tasks().open("server of " + parts.config().prefix());
    }

    /**
     * Chooses blocks, claims them, loads them, measures them, and serves.
     *
     * @param network borrowed; must outlive the server
     * @param source borrowed; must outlive the server, which loads other blocks when it moves
     * @throws IOException when blocks cannot be read, or the swarm cannot be asked which to take
     */
    public static Server start(Environment environment, ServerConfig config, ServerNetwork network, BlockSource source)
            throws IOException, InterruptedException {
        return new ServerStart(ServerParts.of(environment, config, network, source)).run();
    }

    /** Begins to serve what is loaded. */
    void open() throws InterruptedException {
        mover.serve(first);
        backend.whenLost(this::lose);
        tasks.run("announcer", announcements::repeat);
        if (parts.config().rehearses()) {
            tasks.run("rehearsal", handlers::rehearse);
        }
        if (folder != null) {
            tasks.run("adapters folder", folder::watch);
        }
        if (parts.config().isMovable() && first.length() < parts.allBlocks().length()) {
            var rebalancer = new Rebalancer(parts, blocks, mover, announcements, changes, first.length());
            tasks.run("balance", rebalancer::repeat);
        }
    }

    /** The blocks that are served; those in memory where none are. */
    public Span span() {
        return blocks.span().or(backend::span).orElse(first);
    }

    public String prefix() {
        return facts.model().prefix();
    }

    /** Whether calls are answered: from {@link #start}'s return to {@link #close}, but for moves and pauses. */
    public boolean ready() {
        return blocks.span().isPresent();
    }

    /** Open inference sessions. */
    public int sessions() {
        return handlers.sessions();
    }

    /** Free bytes for keys and values. */
    public long cacheBytesFree() {
        return facts.cache().bytesFree();
    }

    public Throughput throughput() {
        return facts.throughput();
    }

    /** The LoRA adapters that requests may ask for; they can be loaded and removed at any time. */
    public ServedAdapters adapters() {
        return adapters;
    }

    /**
     * Tells the swarm that it is gone, refuses new sessions, tells those that run, and waits for them to leave; what has not left by then is
     * cut. Blocks stay in memory, until {@link #resume} or {@link #close}. Waits for a move that is under way. Nothing happens when it is paused.
     */
    public void pause(Duration drainMax) throws InterruptedException {
        vacate(drainMax, PAUSES);
    }

    /** The same, because the server is about to end. */
    public void drain(Duration drainMax) throws InterruptedException {
        vacate(drainMax, STOPS);
    }

    private void vacate(Duration drainMax, String why) throws InterruptedException {
        if (isPaused()) {
            return;
        }
        Exclusive.Turn turn = changes.enter();
        boolean isKept = false;
        try {
            isKept = keep(turn);
            if (isKept) {
                LOG.log(Level.INFO, "{0} blocks={1} {2}", prefix(), span(), why);
                mover.vacate(drainMax, why);
            }
        } finally {
            if (!isKept) {
                turn.close();
            }
        }
    }

    private boolean keep(Exclusive.Turn turn) {
        gate.lock();
        try {
            if (closed) {
                return false;
            }
            pause = turn;
            return true;
        } finally {
            gate.unlock();
        }
    }

    /** Serves again, and tells the swarm, after {@link #pause}. Returns whether it was paused. */
    public boolean resume() throws InterruptedException {
        Exclusive.Turn turn = paused();
        if (turn == null) {
            return false;
        }
        try {
            Span loaded = backend.span().orElse(null);
            if (loaded != null) { // else a move has failed, and is made up for when the balance is looked at
                mover.serve(loaded);
            }
        } finally {
            turn.close();
        }
        return true;
    }

    private Exclusive.@Nullable Turn paused() {
        gate.lock();
        try {
            Exclusive.Turn turn = closed ? null : pause;
            pause = null;
            return turn;
        } finally {
            gate.unlock();
        }
    }

    /** The device is lost: whoever noticed does not wait until all have left. */
    private void lose(DeviceException failure) {
        LOG.log(Level.ERROR, "{0} blocks={1} {2}: {3}", prefix(), span(), LOST, failure.getMessage());
        tasks.run("leave", () -> {
            vacate(LAST_WORDS, LOST);
            left.happened(failure);
        });
    }

    /**
     * Asks to be told when nothing can be computed here any more: a device is lost, or its kernels do not compile. By then the swarm has been told
     * that the server is gone, and its sessions have been cut; what is left is to {@link #close} it.
     */
    public void whenLost(Consumer<DeviceException> then) {
        left.tell(then);
    }

    /** Whether it is paused, or drained. */
    public boolean isPaused() {
        gate.lock();
        try {
            return pause != null;
        } finally {
            gate.unlock();
        }
    }

    /**
     * Tells the swarm, answers no new calls, cuts the sessions, waits for what computes, and frees the blocks. Idempotent. An
     * interruption shortens the waits for the swarm, not those for memory in use.
     */
    @Override
    public void close() {
        gate.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            gate.unlock();
        }
        Span last = span();
        announcements.stop();
        tasks.close();
        try {
            blocks.narrow(null, Deadline.after(parts.environment().clock(), Duration.ZERO), STOPS);
            announcements.tellGone();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        handlers.close();
        backend.close();
        parts.network().models().forget(prefix());
        LOG.log(Level.INFO, "stopped serving {0} blocks={1}", prefix(), last);
    }
}
