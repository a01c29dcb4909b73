/**
 * {@code /ipfs/id/1.0.0} and {@code /ipfs/id/push/1.0.0}: peers tell each other their addresses and protocols.
 *
 * <p>Specification: libp2p "identify". Stock hivemind nodes start no request on a connection before this exchange is over, and know our
 * addresses from it only; so it is asked and answered at once on every new connection. {@code IdentifyMessages} has the message,
 * {@code IdentifyState} what of it is believed, {@link corolla.p2p.identify.Identify} the exchange. The signed peer record is neither
 * sent nor believed: hivemind swarms do not need it.
 */
@NullMarked
package corolla.p2p.identify;

import org.jspecify.annotations.NullMarked;
