package corolla.p2p.identify;

import corolla.base.multiformat.Multiaddr;
import java.util.List;
import java.util.Optional;

/**
 * What a peer says of itself. Immutable.
 *
 * @param publicKey serialized public key message; empty when left out
 * @param listenAddresses without {@code /p2p/ID}
 * @param protocols what it serves
 * @param observedAddress from where it sees the receiver
 * @param agentVersion free text
 */
public record IdentifyInfo(
        byte[] publicKey,
        List<Multiaddr> listenAddresses,
        List<String> protocols,
        Optional<Multiaddr> observedAddress,
        String agentVersion) {
    public IdentifyInfo {
        listenAddresses = List.copyOf(listenAddresses);
        protocols = List.copyOf(protocols);
    }
}
