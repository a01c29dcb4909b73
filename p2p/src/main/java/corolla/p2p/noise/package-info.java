/**
 * Noise_XX_25519_ChaChaPoly_SHA256 as libp2p uses it: both sides prove their identity key, agree on keys, and may agree on the
 * muxer on the way; afterwards every message is encrypted and authenticated.
 *
 * <p>Specification: the Noise Protocol Framework (revision 34) and libp2p "noise". Start at {@link Noise}. The prologue is empty,
 * only the XX pattern is served, rekeying is never needed (a counter of 64 bits). One static key serves all connections of a
 * process, so that the identity signs once. {@code NoiseMessages} has the payload, {@code NoiseState} the handshake,
 * {@code Noise} the three messages over a byte stream, {@code SecureChannel} what follows.
 */
@NullMarked
package corolla.p2p.noise;

import org.jspecify.annotations.NullMarked;
