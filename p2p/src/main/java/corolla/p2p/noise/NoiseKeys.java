package corolla.p2p.noise;

import corolla.base.random.Randoms;
import corolla.p2p.identity.Identity;
import java.util.List;

/**
 * What a process uses in all its handshakes: a static Noise key, and the payload in which its identity vouches for that key.
 * Immutable, thread-safe.
 */
public final class NoiseKeys {
    private final DhKeys staticKeys;
    private final byte[] payload;
    private final List<String> muxers;

    private NoiseKeys(DhKeys staticKeys, byte[] payload, List<String> muxers) {
        this.staticKeys = staticKeys;
        this.payload = payload;
        this.muxers = muxers;
    }

    /**
     * Draws the static key and signs it.
     *
     * @param muxers offered for early negotiation, best first; empty to leave it to multistream-select
     */
    public static NoiseKeys generate(Identity identity, List<String> muxers, Randoms randoms) {
        DhKeys keys = DhKeys.generate(randoms);
        byte[] signature = identity.sign(NoiseMessages.signedBytes(keys.publicBytes()));
        var payload = new NoiseMessages.Payload(identity.publicKeyMessage(), signature, List.copyOf(muxers));
        return new NoiseKeys(keys, NoiseMessages.encode(payload), payload.muxers());
    }

    DhKeys staticKeys() {
        return staticKeys;
    }

    byte[] payload() {
        return payload;
    }

    List<String> muxers() {
        return muxers;
    }
}
