package corolla.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Clock;
import corolla.p2p.identity.Identity;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddressBookTest {
    private static final Multiaddr ONE = Multiaddr.parse("/ip4/192.0.2.1/tcp/1");
    private static final Multiaddr TWO = Multiaddr.parse("/ip4/192.0.2.1/tcp/2");
    private static final P2pLimits LIMITS = P2pLimits.defaults();

    private final HandClock clock = new HandClock();
    private final AddressBook book = new AddressBook(clock, LIMITS);

    /** Time that passes when the test says so. */
    private static final class HandClock implements Clock {
        private long nanos = Long.MAX_VALUE - 5; // so that the sum overflows, as a real one's may

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public Instant now() {
            return Instant.EPOCH;
        }

        @Override
        public void sleep(Duration time) {
            nanos += time.toNanos();
        }
    }

    private static PeerId peer(int number) {
        byte[] seed = new byte[32];
        ByteBuffer.wrap(seed).putInt(number);
        return Identity.ofEd25519Seed(seed).peerId();
    }

    @Test
    void addressesExpire() {
        book.add(peer(1), List.of(ONE), Duration.ofSeconds(10));
        book.add(peer(1), List.of(TWO), Duration.ofSeconds(20));
        clock.sleep(Duration.ofSeconds(9));
        assertThat(book.addresses(peer(1))).containsExactly(ONE, TWO);
        clock.sleep(Duration.ofSeconds(1));
        assertThat(book.addresses(peer(1))).containsExactly(TWO);
        clock.sleep(Duration.ofSeconds(10));
        assertThat(book.addresses(peer(1))).isEmpty();
        assertThat(book.peers()).isEmpty();
    }

    @Test
    void laterExpirationWins() {
        book.add(peer(1), List.of(ONE), Duration.ofSeconds(10));
        book.add(peer(1), List.of(ONE), Duration.ofSeconds(5));
        clock.sleep(Duration.ofSeconds(7));
        assertThat(book.addresses(peer(1))).containsExactly(ONE);
        book.setTtl(peer(1), Duration.ofSeconds(1));
        clock.sleep(Duration.ofSeconds(1));
        assertThat(book.addresses(peer(1))).isEmpty();
    }

    @Test
    void peerIdAtTheEndIsTakenOffAndMustFit() {
        book.add(peer(1), List.of(ONE.withPeer(peer(1).bytes()), TWO.withPeer(peer(2).bytes())), Duration.ofSeconds(1));
        assertThat(book.addresses(peer(1))).containsExactly(ONE);
    }

    @Test
    void addressesOfOnePeerAreBounded() {
        for (int port = 1; port <= 100; port++) {
            book.add(peer(1), List.of(Multiaddr.parse("/ip4/192.0.2.1/tcp/" + port)), Duration.ofSeconds(port));
        }
        assertThat(book.addresses(peer(1)))
                .hasSize(LIMITS.addressesPerPeerMax())
                .contains(Multiaddr.parse("/ip4/192.0.2.1/tcp/100"));
    }

    @Test
    void peersAreBoundedAndTheOneNotUsedLongestGoes() {
        byte[] id = peer(0).bytes();
        for (int i = 0; i <= LIMITS.addressBookPeersMax(); i++) {
            ByteBuffer.wrap(id).putInt(10, i);
            book.add(PeerId.of(id), List.of(ONE), Duration.ofSeconds(10));
            ByteBuffer.wrap(id).putInt(10, 0);
            assertThat(book.addresses(PeerId.of(id)))
                    .as("asked for all the time")
                    .isNotEmpty();
        }
        assertThat(book.peers()).hasSize(LIMITS.addressBookPeersMax());
        ByteBuffer.wrap(id).putInt(10, 1);
        assertThat(book.addresses(PeerId.of(id))).isEmpty();
    }
}
