package corolla.server;

import corolla.model.block.BlockStack;
import corolla.server.adapter.ServedAdapters;
import corolla.server.backend.Backend;
import corolla.server.handler.ServedBlocks;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.tensor.DeviceException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes a server from its blocks to others, or from all of them, with as little harm as can be: who uses blocks that go is told and given
 * time, what stays in memory is served throughout. One change at a time: the caller holds the turn.
 */
final class SpanMover {
    private static final System.Logger LOG = System.getLogger(Server.class.getName());

    /** Who was cut needs a moment to end; who computes, a turn. */
    private static final Duration CUT_TIME = Duration.ofSeconds(30);

    private final ServerParts parts;
    private final ServedBlocks blocks;
    private final Backend backend;
    private final ServedAdapters adapters;
    private final ServerAnnouncements announcements;

    SpanMover(
            ServerParts parts,
            ServedBlocks blocks,
            Backend backend,
            ServedAdapters adapters,
            ServerAnnouncements announcements) {
        this.parts = parts;
        this.blocks = blocks;
        this.backend = backend;
        this.adapters = adapters;
        this.announcements = announcements;
    }

    /**
     * Moves. When the new blocks cannot be loaded, it goes back.
     *
     * @param drainMax what sessions on blocks that go get to leave
     * @throws IOException when neither the new blocks nor the old ones can be loaded; then only what stays is served
     */
    void move(Span from, Span to, Duration drainMax) throws IOException, InterruptedException {
        Span kept = from.intersection(to).orElse(null);
        LOG.log(Level.INFO, "moving {0} from blocks={1} to={2} kept={3}", prefix(), from, to, kept);
        blocks.narrow(kept, parts.within(drainMax), "is moving to other blocks");
        announcements.tell(Standing.moving(from, to, kept));
        drain(drainMax);
        backend.narrow(kept);
        try {
            load(to, kept);
            serve(to);
        } catch (IOException failed) {
            LOG.log(
                    Level.WARNING,
                    "blocks {0} cannot be loaded, going back to {1}: {2}",
                    to,
                    from,
                    failed.getMessage());
            announcements.tell(Standing.moving(to, from, kept));
            load(from, kept);
            serve(from);
        }
    }

    /** Takes blocks when there are none, or only some of other spans. */
    void settle(Span to) throws IOException, InterruptedException {
        backend.narrow(null); // whatever a failed move has left there is not open to anybody
        announcements.tell(Standing.of(to, ServerState.JOINING));
        load(to, null);
        serve(to);
    }

    /** Empties the server: nobody uses its blocks any more. They stay in memory. */
    void vacate(Duration drainMax, String why) throws InterruptedException {
        blocks.narrow(null, parts.within(drainMax), why);
        announcements.tellGone();
        drain(drainMax);
    }

    /** Serves blocks that are in memory, and tells the swarm. */
    void serve(Span span) throws InterruptedException {
        blocks.open(span);
        announcements.tell(Standing.of(span, ServerState.ONLINE));
        LOG.log(Level.INFO, "serving {0} blocks={1}", prefix(), span);
    }

    private void drain(Duration max) throws InterruptedException {
        if (blocks.awaitUnused(parts.within(max))) {
            return;
        }
        LOG.log(Level.INFO, "draining {0} has taken {1}: what still runs is cut", prefix(), max);
        while (!blocks.cut(CUT_TIME)) {
            LOG.log(Level.WARNING, "requests to {0} have not ended in {1}", prefix(), CUT_TIME);
        }
    }

    private void load(Span span, @Nullable Span kept) throws IOException, InterruptedException {
        List<Span> missing = kept == null ? List.of(span) : Standing.outside(span, kept);
        for (Span part : missing) {
            BlockStack loaded = blocks(part);
            boolean adopted = false;
            try {
                backend.extend(loaded);
                adopted = true;
            } finally {
                if (!adopted) {
                    loaded.close();
                }
            }
        }
        adapters.refit();
        parts.source().keep(span);
    }

    private BlockStack blocks(Span span) throws IOException, InterruptedException {
        try {
            return parts.source().load(span);
        } catch (DeviceException failure) {
            throw backend.failed(failure);
        }
    }

    private String prefix() {
        return parts.config().prefix();
    }
}
