package corolla.client.routing;

import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.swarm.Span;
import java.io.IOException;

/** Where a session's servers come from, and who is told how they did: {@link Router}. */
public interface Routes {

    /**
     * The fastest route for one-token steps.
     *
     * @throws corolla.swarm.NoRouteException when some block has no server, even after a fresh look
     * @throws IOException when the swarm cannot be read
     */
    Route route(Span wanted, RoutePolicy policy, Deadline deadline) throws IOException, InterruptedException;

    /** A request to {@code peer} failed: it is left alone for a while where there are others. */
    void failed(PeerId peer, String reason);

    /** A request to {@code peer} succeeded. Cheap: called for each step. */
    void succeeded(PeerId peer);

    /** Whether sessions on {@code peer} can go back to an earlier position; if not, they are opened anew. */
    boolean canRollBack(PeerId peer);
}
