package corolla.swarm;

import corolla.p2p.PeerId;

/**
 * A run of blocks that one server announces.
 *
 * @param peer the server
 * @param span its blocks, clipped to the range that was looked up
 * @param info what it announces under the first of them
 */
public record PeerSpan(PeerId peer, Span span, ServerInfo info) {
    public int length() {
        return span.length();
    }
}
