package corolla.p2p.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.base.transport.ByteTransport;
import corolla.base.transport.Endpoint;
import corolla.base.transport.Listener;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ListenAddressesTest {

    /** A machine of three addresses, which can do nothing. */
    private static final ByteTransport TRANSPORT = new ByteTransport() {
        @Override
        public List<String> localAddresses() {
            return List.of("192.0.2.7", "2001:db8::7", "127.0.0.1", "::1");
        }

        @Override
        public ByteStream dial(Endpoint to, Deadline deadline) throws IOException {
            throw new IOException("cannot dial " + to);
        }

        @Override
        public Listener listen(Endpoint at) throws IOException {
            throw new IOException("cannot listen at " + at);
        }
    };

    @Test
    void wildcardStandsForTheInterfacesOfItsFamilyLoopbackLast() throws IOException {
        assertThat(ListenAddresses.expand(TRANSPORT, "0.0.0.0", 4001))
                .containsExactly(
                        Multiaddr.parse("/ip4/192.0.2.7/tcp/4001"), Multiaddr.parse("/ip4/127.0.0.1/tcp/4001"));
        assertThat(ListenAddresses.expand(TRANSPORT, "::", 4001))
                .containsExactly(Multiaddr.parse("/ip6/2001:db8::7/tcp/4001"), Multiaddr.parse("/ip6/::1/tcp/4001"));
    }

    @Test
    void otherAddressesStandForThemselves() throws IOException {
        assertThat(ListenAddresses.expand(TRANSPORT, "192.0.2.8", 1))
                .containsExactly(Multiaddr.parse("/ip4/192.0.2.8/tcp/1"));
        assertThat(ListenAddresses.expand(TRANSPORT, "::1", 1)).containsExactly(Multiaddr.parse("/ip6/::1/tcp/1"));
        assertThat(ListenAddresses.isWildcard(new Endpoint("0:0:0:0:0:0:0:0", 1)))
                .isTrue();
        assertThat(ListenAddresses.isWildcard(new Endpoint("127.0.0.1", 1))).isFalse();
    }
}
