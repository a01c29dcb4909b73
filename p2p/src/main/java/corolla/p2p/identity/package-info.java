/**
 * Who we are and who they are: key pairs, hivemind's identity files, public keys on the wire, signatures.
 *
 * <p>Specification: libp2p "Peer Ids and Keys". Private keys are RSA (2048 to 8192 bits) or Ed25519; of others we also parse
 * ECDSA and secp256k1 public keys, but refuse connections with them, because no peer of this kind has ever been seen in a swarm.
 */
@NullMarked
package corolla.p2p.identity;

import org.jspecify.annotations.NullMarked;
