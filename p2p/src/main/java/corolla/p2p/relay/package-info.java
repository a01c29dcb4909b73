/**
 * Circuit relay v2: being reached through a third peer, reaching others so, and being that third peer.
 *
 * <p>Specification: libp2p "circuit-v2"; bytes and limits in {@code docs/wire/relay.md}. Start reading at {@link
 * corolla.p2p.relay.RelayClient}, whose half of the protocol is: reserve a slot at a relay ({@code hop}), be dialed through it ({@code
 * stop}), dial others through theirs. {@link corolla.p2p.relay.RelayServer} is the relay's half. {@code RelayMessages} are the bytes,
 * {@code RelayState} decides for the relay and {@code ReservationState} for its client.
 *
 * <p>Differences from go-libp2p's: no vouchers (they are advisory, and nobody asks for them); a circuit is taken only from a relay with
 * which we have a slot or ask for one.
 *
 * <pre>{@code
 * RelayClient relays = RelayClient.start(environment, host, RelayLimits.defaults()); // dials through relays from now on
 * relays.keepReservations(List.of(bootstrapPeer)); // and is dialed through them
 * }</pre>
 */
@NullMarked
package corolla.p2p.relay;

import org.jspecify.annotations.NullMarked;
