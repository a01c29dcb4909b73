package corolla.p2p.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.p2p.Host;
import corolla.p2p.P2pLimits;
import corolla.p2p.PeerId;
import corolla.p2p.ProtocolNotSupportedException;
import corolla.p2p.Stream;
import corolla.p2p.identity.Identity;
import corolla.p2p.internal.Delimited;
import corolla.p2p.ping.Ping;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What every host must do, in the real world and in a simulated one. */
abstract class HostContract {

    /** Two machines; closes what runs on them at the end. */
    interface Story {
        void tell(World world) throws Exception;
    }

    abstract void inWorld(Story story) throws Exception;

    /** Two environments of one world, the loopback or simulated addresses to listen at, and hosts on them. */
    record World(Environment server, String serverAddress, Environment client, String clientAddress) {

        Libp2pHost startServer() throws IOException {
            return start(server, serverAddress);
        }

        Libp2pHost startClient() throws IOException {
            return start(client, clientAddress);
        }

        static Libp2pHost start(Environment environment, String address) throws IOException {
            Identity identity = Identity.generateEd25519(environment.randoms());
            return Libp2pHost.start(environment, HostConfig.listening(identity, Multiaddr.parse(address)));
        }

        Deadline soon() {
            return Deadline.after(client.clock(), Duration.ofSeconds(20));
        }

        void echo(Stream stream) throws IOException, InterruptedException {
            byte[] bytes = new byte[65536];
            for (int count; (count = stream.read(bytes, 0, bytes.length, soon())) >= 0; ) {
                stream.write(bytes, 0, count, soon());
            }
        }

        void await(String what, Condition condition) throws InterruptedException {
            Deadline deadline = soon();
            while (!condition.holds()) {
                assertThat(deadline.isOver(client.clock()))
                        .as("waiting for " + what)
                        .isFalse();
                client.clock().sleep(Duration.ofMillis(2));
            }
        }

        PeerId connect(Host from, Host to) throws IOException, InterruptedException {
            PeerId peer = from.connect(to.addresses().getFirst(), soon());
            await("identify", () -> !from.protocolsOf(peer).isEmpty());
            return peer;
        }
    }

    interface Condition {
        boolean holds();
    }

    private static byte[] readAll(Stream stream, World world) throws IOException, InterruptedException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some = new byte[70_000];
        for (int count; (count = stream.read(some, 0, some.length, world.soon())) >= 0; ) {
            all.write(some, 0, count);
        }
        return all.toByteArray();
    }

    private static byte[] exchange(Stream stream, byte[] request, World world)
            throws IOException, InterruptedException {
        stream.write(request, 0, request.length, world.soon());
        stream.closeWrite();
        return readAll(stream, world);
    }

    @Test
    void streamsCarryBytesBothWays() throws Exception {
        inWorld(world -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                server.handle("/echo", world::echo);
                client.handle("/echo", world::echo);
                PeerId peer = world.connect(client, server);
                assertThat(peer).isEqualTo(server.peerId());
                world.await(
                        "identify of the client",
                        () -> !server.protocolsOf(client.peerId()).isEmpty());
                for (int i = 0; i < 5; i++) {
                    byte[] text = ("hello " + i).getBytes(StandardCharsets.UTF_8);
                    try (Stream stream = client.open(peer, "/echo", world.soon())) {
                        assertThat(exchange(stream, text, world)).isEqualTo(text);
                    }
                    try (Stream stream = server.open(client.peerId(), "/echo", world.soon())) {
                        assertThat(exchange(stream, text, world)).isEqualTo(text);
                    }
                }
            }
        });
    }

    @Test
    void manyLargeStreamsAtOnceArriveWhole() throws Exception {
        inWorld(world -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient();
                    TaskScope scope = world.client().tasks().open("test")) {
                server.handle("/echo", world::echo);
                PeerId peer = world.connect(client, server);
                List<Task<Integer>> tasks = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    byte[] sent = new byte[i * 100_000 + 1];
                    new SplittableRandom(i).nextBytes(sent);
                    tasks.add(scope.fork("stream " + i, () -> {
                        try (Stream stream = client.open(peer, "/echo", world.soon());
                                TaskScope writing = world.client().tasks().open("writing")) {
                            writing.run("write", () -> {
                                stream.write(sent, 0, sent.length, world.soon());
                                stream.closeWrite();
                            });
                            assertThat(readAll(stream, world)).isEqualTo(sent);
                            return sent.length;
                        }
                    }));
                }
                for (Task<Integer> task : tasks) {
                    assertThat(task.await(world.soon())).isPositive();
                }
            }
        });
    }

    @Test
    void lastBytesOfEitherSideEndItsDirection() throws Exception {
        inWorld(world -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                server.handle("/sum", stream -> {
                    byte[] request = Delimited.readFully(stream, 300_000, "sum", world.soon());
                    assertThat(stream.read(new byte[1], 0, 1, world.soon())).isEqualTo(-1);
                    stream.writeLast(new byte[] {request[299_999]}, new byte[] {1}, world.soon());
                });
                PeerId peer = world.connect(client, server);
                byte[] request = new byte[299_000];
                request[298_999] = 42;
                try (Stream stream = client.open(peer, "/sum", world.soon())) {
                    stream.writeLast(new byte[1000], request, world.soon());
                    assertThat(Delimited.readFully(stream, 2, "sum", world.soon()))
                            .containsExactly(42, 1);
                    assertThat(stream.read(new byte[1], 0, 1, world.soon())).isEqualTo(-1);
                    assertThatThrownBy(() -> stream.write(new byte[1], 0, 1, world.soon()))
                            .hasMessageContaining("was ended by this side");
                }
            }
        });
    }

    @Test
    void unknownProtocolIsRefused() throws Exception {
        inWorld(world -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                PeerId peer = client.connect(server.addresses().getFirst(), world.soon());
                assertThatThrownBy(() -> client.open(peer, "/nobody", world.soon()))
                        .isInstanceOf(ProtocolNotSupportedException.class)
                        .hasMessageContaining("/nobody")
                        .hasMessageContaining(peer.shortForm());
            }
        });
    }

    @Test
    void protocolThatWasTakenAwayIsRefusedAtTheFirstRead() throws Exception {
        inWorld(world -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                server.handle("/echo", world::echo);
                PeerId peer = world.connect(client, server);
                try (Stream stream = client.open(peer, "/echo", world.soon())) {
                    server.removeHandler("/echo"); // the client still believes in it
                    stream.write(new byte[1], 0, 1, world.soon());
                    assertThatThrownBy(() -> stream.read(new byte[1], 0, 1, world.soon()))
                            .isInstanceOf(ProtocolNotSupportedException.class);
                }
            }
        });
    }

    @Test
    void peersLearnEachOthersProtocolsAndAddressesAndChanges() throws Exception {
        inWorld(world -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                world.connect(client, server);
                world.await(
                        "identify of the client",
                        () -> !server.protocolsOf(client.peerId()).isEmpty());
                assertThat(server.addressBook().addresses(client.peerId()))
                        .contains(client.addresses().getFirst().withoutPeer().orElseThrow());
                server.handle("/late", world::echo);
                world.await("push", () -> client.protocolsOf(server.peerId()).contains("/late"));
                server.removeHandler("/late");
                world.await("push", () -> !client.protocolsOf(server.peerId()).contains("/late"));
            }
        });
    }

    @Test
    void pingComesBack() throws Exception {
        inWorld(world -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                PeerId peer = world.connect(client, server);
                Ping ping = new Ping(world.client().clock(), world.client().randoms(), Duration.ofSeconds(60));
                assertThat(ping.ping(client, peer, world.soon())).isBetween(Duration.ZERO, Duration.ofSeconds(5));
            }
        });
    }

    @Test
    void peerKnownByItsAddressesIsDialedWhenNeeded() throws Exception {
        inWorld(world -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                server.handle("/echo", world::echo);
                client.addressBook().add(server.peerId(), server.addresses(), Duration.ofMinutes(1));
                for (int round = 0; round < 2; round++) {
                    try (Stream stream = client.open(server.peerId(), "/echo", world.soon())) {
                        assertThat(exchange(stream, new byte[] {7}, world)).containsExactly(7);
                    }
                    assertThat(client.connectedPeers()).containsExactly(server.peerId());
                    server.disconnect(client.peerId());
                    world.await("disconnection", () -> client.connectedPeers().isEmpty());
                }
            }
        });
    }

    @Test
    void peerKnownByItsIdOnlyIsAskedForByRouting() throws Exception {
        inWorld(world -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                server.handle("/echo", world::echo);
                assertThatThrownBy(() -> client.open(server.peerId(), "/echo", world.soon()))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("no address of it is known here")
                        .hasMessageContaining(server.peerId().toBase58());
                client.setPeerRouting((peer, deadline) -> server.addresses());
                try (Stream stream = client.open(server.peerId(), "/echo", world.soon())) {
                    assertThat(exchange(stream, new byte[] {7}, world)).containsExactly(7);
                }
            }
        });
    }

    @Test
    void anotherPeerAtTheAddressIsAnError() throws Exception {
        inWorld(world -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                PeerId other =
                        Identity.generateEd25519(world.client().randoms()).peerId();
                Multiaddr wrong = server.addresses().getFirst().withPeer(other.bytes());
                assertThatThrownBy(() -> client.connect(wrong, world.soon()))
                        .hasMessageContaining(server.peerId().toBase58())
                        .hasMessageContaining(other.toBase58());
                assertThat(client.connectedPeers()).isEmpty();
            }
        });
    }

    @Test
    void whoLivesAtAnAddressIsReachedThoughAnotherWasSoughtThere() throws Exception {
        inWorld(world -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                server.handle("/echo", world::echo);
                PeerId gone = Identity.generateEd25519(world.client().randoms()).peerId();
                List<Multiaddr> there =
                        server.addresses().getFirst().withoutPeer().stream().toList();
                client.addressBook().add(gone, there, Duration.ofMinutes(1));
                assertThatThrownBy(() -> client.open(gone, "/echo", world.soon()))
                        .hasMessageContaining(server.peerId().toBase58());
                assertThatThrownBy(() -> client.open(gone, "/echo", world.soon()))
                        .hasMessageContaining("not tried again");
                client.addressBook().add(server.peerId(), there, Duration.ofMinutes(1));
                try (Stream stream = client.open(server.peerId(), "/echo", world.soon())) {
                    assertThat(exchange(stream, new byte[] {7}, world)).containsExactly(7);
                }
            }
        });
    }

    @Test
    void calleeNoticesThatTheCallerLeaves() throws Exception {
        inWorld(world -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                List<String> events = new ArrayList<>();
                server.handle("/slow", stream -> {
                    stream.read(new byte[1], 0, 1, world.soon());
                    stream.onRemoteEnd(() -> {
                        synchronized (events) {
                            events.add("left");
                        }
                    });
                    world.await("the caller to leave", stream::isRemoteEnded);
                });
                PeerId peer = world.connect(client, server);
                for (int i = 1; i <= 3; i++) {
                    Stream stream = client.open(peer, "/slow", world.soon());
                    stream.write(new byte[1], 0, 1, world.soon());
                    world.client().clock().sleep(Duration.ofMillis(5));
                    switch (i) {
                        case 1 -> stream.close();
                        case 2 -> stream.reset();
                        default -> client.disconnect(peer);
                    }
                    int expected = i;
                    world.await("event " + i, () -> {
                        synchronized (events) {
                            return events.size() == expected;
                        }
                    });
                }
            }
        });
    }

    @Test
    void simultaneousDialsLeaveBothSidesTalking() throws Exception {
        inWorld(world -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient();
                    TaskScope scope = world.client().tasks().open("test")) {
                server.handle("/echo", world::echo);
                client.handle("/echo", world::echo);
                Task<PeerId> there = scope.fork(
                        "there", () -> client.connect(server.addresses().getFirst(), world.soon()));
                Task<PeerId> back = scope.fork(
                        "back", () -> server.connect(client.addresses().getFirst(), world.soon()));
                there.await(world.soon());
                back.await(world.soon());
                try (Stream one = client.open(server.peerId(), "/echo", world.soon());
                        Stream other = server.open(client.peerId(), "/echo", world.soon())) {
                    assertThat(exchange(one, new byte[] {1}, world)).containsExactly(1);
                    assertThat(exchange(other, new byte[] {2}, world)).containsExactly(2);
                }
            }
        });
    }

    @Test
    void closedHostEndsItsStreamsAndAnswersNothing() throws Exception {
        inWorld(world -> {
            try (Libp2pHost client = world.startClient()) {
                Libp2pHost server = world.startServer();
                server.handle("/echo", world::echo);
                PeerId peer = world.connect(client, server);
                Stream stream = client.open(peer, "/echo", world.soon());
                stream.write(new byte[1], 0, 1, world.soon());
                stream.read(new byte[1], 0, 1, world.soon());
                server.close();
                assertThatThrownBy(() -> {
                            while (stream.read(new byte[1], 0, 1, world.soon()) >= 0) {}
                            stream.write(new byte[1], 0, 1, world.soon());
                        })
                        .isInstanceOf(IOException.class);
                world.await("disconnection", () -> client.connectedPeers().isEmpty());
                assertThatThrownBy(() -> client.open(peer, "/echo", world.soon()))
                        .isInstanceOf(IOException.class);
                assertThatThrownBy(() -> server.open(client.peerId(), "/echo", world.soon()))
                        .hasMessageContaining("is closed");
            }
        });
    }

    @Test
    void streamsAboveTheLimitAreReset() throws Exception {
        inWorld(world -> {
            try (Libp2pHost server = world.startServer();
                    Libp2pHost client = world.startClient()) {
                server.handle("/hold", stream -> world.await("end", stream::isRemoteEnded));
                PeerId peer = world.connect(client, server);
                int limit = P2pLimits.defaults().streamsInboundMax();
                List<Stream> streams = new ArrayList<>();
                for (int i = 0; i < limit + 50; i++) {
                    Stream stream = client.open(peer, "/hold", world.soon());
                    streams.add(stream);
                    stream.write(new byte[1], 0, 1, world.soon());
                }
                world.await(
                        "resets",
                        () -> streams.stream().filter(Stream::isRemoteEnded).count() >= 50);
                assertThat(streams.stream().filter(Stream::isRemoteEnded).count())
                        .isEqualTo(50);
                streams.forEach(Stream::close);
                assertThat(client.connectedPeers()).contains(peer);
            }
        });
    }
}
