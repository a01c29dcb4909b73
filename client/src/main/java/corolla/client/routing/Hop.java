package corolla.client.routing;

import corolla.p2p.PeerId;
import corolla.swarm.Span;

/**
 * A stretch of a route.
 *
 * @param peer the server
 * @param span the blocks that it is asked to run, a part of what it serves
 */
public record Hop(PeerId peer, Span span) {

    @Override
    public String toString() {
        return peer.shortForm() + " " + span;
    }
}
