/**
 * What the layers above see of the peer-to-peer host: peers, streams, and a host that opens and serves them.
 *
 * <p>{@link corolla.p2p.host.Libp2pHost} is the host that speaks libp2p. A small example:
 *
 * <pre>{@code
 * try (Host host = Libp2pHost.start(environment, HostConfig.listening(identity, Multiaddr.parse("/ip4/0.0.0.0/tcp/31330")))) {
 *     host.handle("/echo/1", stream -> { ... });
 *     PeerId peer = host.connect(address, deadline);
 *     try (Stream stream = host.open(peer, "/echo/1", deadline)) {
 *         stream.write(request, 0, request.length, deadline);
 *         int count = stream.read(answer, 0, answer.length, deadline);
 *     }
 * }
 * }</pre>
 */
@NullMarked
package corolla.p2p;

import org.jspecify.annotations.NullMarked;
