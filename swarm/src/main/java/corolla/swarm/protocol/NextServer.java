package corolla.swarm.protocol;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.p2p.PeerId;
import corolla.swarm.Span;
import java.util.List;

/**
 * A server to which a step's output may be pushed.
 *
 * @param peer the server
 * @param sessionId the client's session on it
 * @param span the blocks it runs
 */
public record NextServer(PeerId peer, String sessionId, Span span) {

    Pack write() {
        return Pack.tuple(peer.toBase58(), sessionId, span.start(), span.end());
    }

    static NextServer read(Pack value) throws ProtocolException {
        List<Pack> parts = value.asList();
        if (parts.size() != 4) {
            throw new ProtocolException("an entry of next_servers has " + parts.size() + " elements, not 4");
        }
        try {
            PeerId peer = PeerId.parse(parts.get(0).asText());
            return new NextServer(
                    peer,
                    parts.get(1).asText(),
                    new Span(parts.get(2).asInt(), parts.get(3).asInt()));
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("an entry of next_servers is malformed: " + e.getMessage(), e);
        }
    }
}
