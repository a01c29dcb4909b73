package corolla.client.routing;

import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.swarm.Span;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Where a session's servers come from, and who is told how they did: {@link Router}. */
public interface Routes {

    /**
     * The best route for what the policy says. Servers that failed lately are left out as long as there are others, and those that could not be
     * reached until they answer a ping, or their ban ends.
     *
     * @throws corolla.swarm.NoRouteException when some block has no server, even after a fresh look where none is waited for
     * @throws IOException when the swarm cannot be read
     */
    Route route(Span wanted, RoutePolicy policy, Deadline deadline) throws IOException, InterruptedException;

    /**
     * A route without {@code leaving}, which is about to go, over servers that are known and have not failed lately; at once. Empty where there
     * is none; a fresh look is wished.
     */
    Optional<Route> instead(PeerId leaving, Span wanted, RoutePolicy policy);

    /** A request to {@code peer} failed: unless it was the request's own fault, the peer is left alone for a while where there are others. */
    void failed(PeerId peer, Failure failure);

    /** A request to {@code peer} succeeded. Cheap: called for each step. */
    void succeeded(PeerId peer);

    /** A step of one token took this long, from the request's first byte to the answer's last. Cheap: called for each step. */
    void stepped(Hop hop, Duration time);

    /** Waits before the next {@link #route}: for {@code longest}, or until a server that could not be reached has answered a ping. */
    void pause(Duration longest) throws InterruptedException;

    /** Whether sessions on {@code peer} can go back to an earlier position; if not, they are opened anew. */
    boolean canRollBack(PeerId peer);

    /** Whether {@code peer} hands its outputs on, and takes those of others, as {@link corolla.swarm.protocol.PushSupport} means it. */
    boolean canPush(PeerId peer);

    /** Whether {@code peer} tells sessions, where they ask for it, before it stops serving them. */
    boolean givesDrainNotices(PeerId peer);
}
