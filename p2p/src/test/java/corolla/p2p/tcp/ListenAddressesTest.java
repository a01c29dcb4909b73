package corolla.p2p.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.RealEnvironment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.transport.ByteTransport;
import corolla.base.transport.Endpoint;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ListenAddressesTest {
    private static final RealEnvironment REAL = RealEnvironment.create(1);
    private static final ByteTransport TRANSPORT = REAL.environment().transport();

    @AfterAll
    static void stop() {
        REAL.close();
    }

    @Test
    void wildcardStandsForTheInterfacesOfItsFamilyLoopbackLast() throws IOException {
        assertThat(ListenAddresses.expand(TRANSPORT, "0.0.0.0", 4001))
                .endsWith(Multiaddr.parse("/ip4/127.0.0.1/tcp/4001"))
                .allMatch(address -> address.toString().startsWith("/ip4/"))
                .noneMatch(address -> address.toString().contains("0.0.0.0"));
        assertThat(ListenAddresses.expand(TRANSPORT, "::", 4001))
                .allMatch(address -> address.toString().startsWith("/ip6/"))
                .noneMatch(address -> address.toString().contains("/fe80"));
    }

    @Test
    void otherAddressesStandForThemselves() throws IOException {
        assertThat(ListenAddresses.expand(TRANSPORT, "192.0.2.7", 1))
                .containsExactly(Multiaddr.parse("/ip4/192.0.2.7/tcp/1"));
        assertThat(ListenAddresses.expand(TRANSPORT, "::1", 1)).containsExactly(Multiaddr.parse("/ip6/::1/tcp/1"));
        assertThat(ListenAddresses.isWildcard(new Endpoint("0:0:0:0:0:0:0:0", 1)))
                .isTrue();
        assertThat(ListenAddresses.isWildcard(new Endpoint("127.0.0.1", 1))).isFalse();
    }
}
