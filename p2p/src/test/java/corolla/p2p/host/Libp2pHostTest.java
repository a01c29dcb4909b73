package corolla.p2p.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.ProtocolNotSupportedException;
import corolla.p2p.Stream;
import corolla.p2p.identity.Identity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class Libp2pHostTest {
    private static RealEnvironment real;
    private static Environment environment;

    @BeforeAll
    static void start() {
        real = RealEnvironment.create(1);
        environment = real.environment();
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    private static Libp2pHost host() throws IOException {
        Identity identity = Identity.generateEd25519(environment.randoms());
        return Libp2pHost.start(environment, HostConfig.listening(identity, Multiaddr.parse("/ip4/127.0.0.1/tcp/0")));
    }

    private static Deadline soon() {
        return Deadline.after(environment.clock(), Duration.ofSeconds(10));
    }

    private static void echo(Stream stream) throws IOException, InterruptedException {
        byte[] bytes = new byte[65536];
        while (true) {
            int count = stream.read(bytes, 0, bytes.length, soon());
            if (count < 0) {
                return;
            }
            stream.write(bytes, 0, count, soon());
        }
    }

    private static byte[] readAll(Stream stream, int count) throws IOException, InterruptedException {
        byte[] bytes = new byte[count];
        for (int at = 0; at < count; ) {
            int got = stream.read(bytes, at, count - at, soon());
            assertThat(got).isPositive();
            at += got;
        }
        return bytes;
    }

    @Test
    void streamsCarryBytesBothWays() throws Exception {
        try (Libp2pHost server = host();
                Libp2pHost client = host()) {
            server.handle("/echo", Libp2pHostTest::echo);
            PeerId peer = client.connect(server.addresses().getFirst(), soon());
            assertThat(peer).isEqualTo(server.peerId());
            for (int i = 0; i < 20; i++) {
                try (Stream stream = client.open(peer, "/echo", soon())) {
                    byte[] text = ("hello " + i).getBytes(StandardCharsets.UTF_8);
                    stream.write(text, 0, text.length, soon());
                    assertThat(readAll(stream, text.length)).isEqualTo(text);
                    stream.closeWrite();
                    assertThat(stream.read(new byte[1], 0, 1, soon())).isEqualTo(-1);
                }
            }
        }
    }

    @Test
    void unknownProtocolIsRefused() throws Exception {
        try (Libp2pHost server = host();
                Libp2pHost client = host()) {
            PeerId peer = client.connect(server.addresses().getFirst(), soon());
            assertThatThrownBy(() -> client.open(peer, "/nobody", soon()).read(new byte[1], 0, 1, soon()))
                    .isInstanceOf(ProtocolNotSupportedException.class)
                    .hasMessageContaining("/nobody")
                    .hasMessageContaining(peer.shortForm());
        }
    }

    @Test
    void peersLearnEachOthersProtocolsAndAddresses() throws Exception {
        try (Libp2pHost server = host();
                Libp2pHost client = host()) {
            server.handle("/echo", Libp2pHostTest::echo);
            client.connect(server.addresses().getFirst(), soon());
            awaitProtocol(client, server.peerId(), "/echo");
            awaitProtocol(server, client.peerId(), "/ipfs/ping/1.0.0");
            assertThat(server.addressBook().addresses(client.peerId()))
                    .containsExactly(client.addresses().getFirst().withoutPeer().orElseThrow());
            server.handle("/late", Libp2pHostTest::echo);
            awaitProtocol(client, server.peerId(), "/late");
        }
    }

    private static void awaitProtocol(Host host, PeerId peer, String protocol) throws InterruptedException {
        Deadline deadline = soon();
        while (!host.protocolsOf(peer).contains(protocol)) {
            assertThat(deadline.isOver(environment.clock()))
                    .as("waiting for " + protocol)
                    .isFalse();
            environment.clock().sleep(Duration.ofMillis(5));
        }
    }
}
