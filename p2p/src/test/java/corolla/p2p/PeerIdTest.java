package corolla.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.multiformat.Multiaddr;
import org.junit.jupiter.api.Test;

class PeerIdTest {
    private static final String RSA = "QmPPWvDurvXxnAiEu8b9vT7cN98rF69RtNkYFwqwYvviEa";
    private static final String ED25519 = "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB";

    @Test
    void textFormIsReadAndWritten() {
        assertThat(PeerId.parse(RSA).toBase58()).isEqualTo(RSA);
        assertThat(PeerId.parse(ED25519)).hasToString(ED25519);
        assertThat(PeerId.parse(ED25519).shortForm()).isEqualTo("12D3…feSB");
    }

    @Test
    void equalBytesAreEqualIds() {
        PeerId one = PeerId.parse(RSA);
        assertThat(PeerId.of(one.bytes())).isEqualTo(one).hasSameHashCodeAs(one).isEqualByComparingTo(one);
        assertThat(one).isNotEqualTo(PeerId.parse(ED25519));
        one.bytes()[3] ^= 1;
        assertThat(one).isEqualTo(PeerId.parse(RSA));
    }

    @Test
    void otherBytesAreNoPeerId() {
        assertThat(PeerId.isValid(new byte[] {})).isFalse();
        assertThat(PeerId.isValid(new byte[] {0, 0})).isFalse();
        assertThat(PeerId.isValid(new byte[] {0x12, 0x20, 1})).isFalse();
        assertThat(PeerId.isValid(new byte[] {0x12, 0x02, 1, 1})).isFalse();
        assertThat(PeerId.isValid(new byte[] {0x11, 0x01, 1})).isFalse();
        assertThatThrownBy(() -> PeerId.parse("QmPPW")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PeerId.parse("0OIl")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void addressNamesItsPeer() {
        assertThat(PeerId.at(Multiaddr.parse("/ip4/192.0.2.1/tcp/1/p2p/" + RSA)))
                .contains(PeerId.parse(RSA));
        assertThat(PeerId.at(Multiaddr.parse("/ip4/192.0.2.1/tcp/1"))).isEmpty();
    }
}
