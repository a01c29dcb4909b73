package corolla.server.handler;

import static corolla.server.handler.TinyServer.HIDDEN;
import static corolla.server.handler.TinyServer.wire;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcCall;
import corolla.p2p.rpc.RpcLimits;
import corolla.server.ServerLimits;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.RequestMetadata;
import corolla.swarm.protocol.ServiceNames;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Over real connections: whatever some clients do, an honest one is answered, and memory stays where it was. */
@Timeout(3600)
class HostileClientsTest {
    private static final int CALLS = Integer.getInteger("corolla.fuzz.count", 2000) / 100;
    private static final int HALF_OPEN = 1000;
    private static final long RETAINED_MAX = 64L << 20;

    @TempDir
    Path folder;

    private TinyServer server;
    private Host serverHost;
    private Rpc serverRpc;
    private Handlers handlers;
    private Host hostileHost;
    private Rpc hostile;
    private Host honestHost;
    private Rpc honest;

    @BeforeEach
    void start() throws Exception {
        ServerLimits limits = ServerLimits.defaults()
                .with(all -> all.stepTimeout(Duration.ofMillis(700))
                        .sessionTimeout(Duration.ofMinutes(5))
                        .allocTimeoutMax(Duration.ofSeconds(1)));
        server = new TinyServer(folder, DType.F32, limits);
        serverHost = host();
        serverRpc = new Rpc(server.environment, serverHost, RpcLimits.defaults());
        handlers = Handlers.register(
                server.environment,
                new Switchboard(),
                serverRpc,
                serverHost.peerId(),
                server.model,
                server.backend,
                server.cache,
                server.limits,
                false);
        hostileHost = host();
        hostile = new Rpc(server.environment, hostileHost, RpcLimits.defaults());
        honestHost = host();
        honest = new Rpc(server.environment, honestHost, RpcLimits.defaults());
        hostileHost.connect(serverHost.addresses().getFirst(), server.soon());
        honestHost.connect(serverHost.addresses().getFirst(), server.soon());
    }

    private Host host() throws IOException {
        Identity identity = Identity.generateEd25519(server.environment.randoms());
        return Libp2pHost.start(
                server.environment, HostConfig.listening(identity, Multiaddr.parse("/ip4/127.0.0.1/tcp/0")));
    }

    @AfterEach
    void stop() {
        handlers.close();
        for (Rpc rpc : List.of(hostile, honest, serverRpc)) {
            rpc.close();
        }
        for (Host one : List.of(hostileHost, honestHost, serverHost)) {
            one.close();
        }
        server.close();
    }

    private PeerId peer() {
        return serverHost.peerId();
    }

    /** A forward gives the right numbers, and soon. */
    private void honestClientIsServed() throws Exception {
        Tensor hidden = server.hidden(3, 1, 4);
        byte[] request = RequestMutations.request(RequestMetadata.builder().opening(""), wire(hidden));
        byte[] answer = honest.callUnary(peer(), ServiceNames.FORWARD, request, soon());
        assertThat(FakeStream.floats(ExpertMessages.readResponse(answer)))
                .containsExactly(server.expected(hidden, 1, 4), within(1e-4f));
    }

    private Deadline soon() {
        return Deadline.after(server.environment.clock(), Duration.ofSeconds(20));
    }

    private static long retained() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static void isBounded(String what, long before) {
        long kept = retained() - before;
        System.out.printf("%s: heap of all sides grew by %d KiB%n", what, kept >> 10);
        assertThat(kept).as("bytes kept after %s", what).isLessThan(RETAINED_MAX);
    }

    @Test
    void damagedRequestsOverTheNetwork() throws Exception {
        Tensor hidden = server.hidden(1, 2, 2);
        byte[] good = RequestMutations.request(
                RequestMetadata.builder()
                        .maxLength(4)
                        .sessionId("s")
                        .stepId("t")
                        .opening("")
                        .argsStructure(ArgsStructure.flat(3)),
                wire(hidden),
                wire(hidden),
                WireTensor.absent("int64"));
        var mutations = new RequestMutations(9);
        long before = retained();
        for (int i = 0; i < CALLS; i++) {
            for (String unary :
                    List.of(ServiceNames.INFO, ServiceNames.FORWARD, ServiceNames.BACKWARD, ServiceNames.PUSH)) {
                callUnary(unary, mutations.mutate(good));
            }
            for (String streamed :
                    List.of(ServiceNames.FORWARD_STREAM, ServiceNames.BACKWARD_STREAM, ServiceNames.INFERENCE)) {
                callStream(streamed, mutations.mutate(good));
            }
            if (i % 20 == 0) {
                honestClientIsServed();
            }
        }
        honestClientIsServed();
        isBounded(7 * CALLS + " damaged calls over the network", before);
        assertThat(server.cache.bytesFree()).isEqualTo(server.cache.bytesMax());
    }

    private void callUnary(String name, byte[] request) throws InterruptedException {
        try {
            hostile.callUnary(peer(), name, request, soon());
        } catch (IOException refused) {
            assertThat(refused.getMessage()).isNotNull();
        }
    }

    private void callStream(String name, byte[] request) throws InterruptedException {
        try (RpcCall call = hostile.openStream(peer(), name, soon())) {
            call.send(request, soon());
            call.endRequests(soon());
            for (byte[] answer = call.receive(soon()); answer != null; answer = call.receive(soon())) {
                assertThat(answer.length).isLessThan(1 << 20);
            }
        } catch (IOException refused) {
            assertThat(refused.getMessage()).isNotNull();
        }
    }

    @Test
    void clientThatNeverReadsLosesItsSession() throws Exception {
        long before = retained();
        try (RpcCall call = hostile.openStream(peer(), ServiceNames.INFERENCE, soon())) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 10_000; i++) {
                            RequestMetadata.Builder metadata =
                                    RequestMetadata.builder().startFromPosition(0);
                            if (i == 0) {
                                metadata.maxLength(40).opening("");
                            }
                            byte[] step = RequestMutations.request(metadata, wire(server.hidden(i, 1, 40)));
                            call.send(step, Deadline.after(server.environment.clock(), Duration.ofSeconds(2)));
                        }
                    })
                    .isInstanceOf(IOException.class);
            honestClientIsServed();
        }
        Deadline deadline = soon();
        while (handlers.sessions() > 0 && !deadline.isOver(server.environment.clock())) {
            server.environment.clock().sleep(Duration.ofMillis(20));
        }
        assertThat(server.cache.bytesFree()).isEqualTo(server.cache.bytesMax());
        isBounded("a client that never reads", before);
    }

    @Test
    void hugeAnnouncementsCostNothing() throws Exception {
        long before = retained();
        for (int i = 0; i < 20; i++) {
            // A frame that is to be 2 GiB long, and a tensor that says it is.
            try (Stream stream = hostileHost.open(peer(), ServiceNames.FORWARD_STREAM, soon())) {
                byte[] head =
                        ByteBuffer.allocate(9).put((byte) 0).putLong(1L << 31).array();
                stream.write(head, 0, head.length, soon());
                byte[] some = new byte[1024];
                int count = stream.read(some, 0, some.length, soon());
                assertThat(new String(some, 0, Math.max(0, count), java.nio.charset.StandardCharsets.ISO_8859_1))
                        .contains("exceed");
            }
            byte[] request = RequestMutations.request(
                    RequestMetadata.builder().opening(""),
                    WireTensor.of(new byte[64], "float32", Compression.NONE, 1, 1L << 23, HIDDEN));
            assertThatThrownBy(() -> hostile.callUnary(peer(), ServiceNames.FORWARD, request, soon()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("bytes that its sizes want");
        }
        honestClientIsServed();
        isBounded("20 frames and 20 tensors of 2 GiB, announced", before);
    }

    @Test
    void thousandHalfOpenConnectionsShutNobodyOut() throws Exception {
        long before = retained();
        Endpoint target = serverHost.addresses().getFirst().tcpEndpoint().orElseThrow();
        var strangers = new ArrayList<ByteStream>();
        try (Host newcomer = host();
                Rpc rpc = new Rpc(server.environment, newcomer, RpcLimits.defaults())) {
            for (int i = 0; i < HALF_OPEN; i++) {
                strangers.add(server.environment.transport().dial(target, soon()));
            }
            honestClientIsServed();
            newcomer.connect(serverHost.addresses().getFirst(), soon());
            assertThat(rpc.callUnary(peer(), ServiceNames.INFO, ExpertMessages.writeUid("tiny.1"), soon()))
                    .isNotEmpty();
            isBounded(HALF_OPEN + " half-open connections", before);
        } finally {
            strangers.forEach(ByteStream::close);
        }
    }
}
