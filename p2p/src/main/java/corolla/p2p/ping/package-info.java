/**
 * {@code /ipfs/ping/1.0.0}: blocks of 32 bytes, echoed until the stream ends.
 *
 * <p>Specification: libp2p "ping". Serves others; our own liveness checks are yamux's pings. No messages and no state to speak of,
 * so the four roles shrink to one class.
 */
@NullMarked
package corolla.p2p.ping;

import org.jspecify.annotations.NullMarked;
