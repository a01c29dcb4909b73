package corolla.server.handler;

import static corolla.server.handler.TinyServer.CACHE_TOKENS;
import static corolla.server.handler.TinyServer.HIDDEN;
import static corolla.server.handler.TinyServer.uid;
import static corolla.server.handler.TinyServer.wire;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.base.multiformat.Multiaddr;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.p2p.rpc.RemoteException;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcCall;
import corolla.p2p.rpc.RpcLimits;
import corolla.server.ServerLimits;
import corolla.swarm.Span;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.NextServer;
import corolla.swarm.protocol.RequestMetadata;
import corolla.swarm.protocol.RpcInfo;
import corolla.swarm.protocol.ServiceNames;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The handlers over real connections on loopback. */
class LoopbackTest {
    private static final float CLOSE = 1e-4f;

    @TempDir
    Path folder;

    private TinyServer server;
    private Host serverHost;
    private Host clientHost;
    private Rpc serverRpc;
    private Rpc client;
    private Handlers handlers;

    @BeforeEach
    void start() throws Exception {
        server = new TinyServer(folder, DType.F32, ServerLimits.defaults());
        serverHost = host();
        clientHost = host();
        serverRpc = new Rpc(server.environment, serverHost, RpcLimits.defaults());
        client = new Rpc(server.environment, clientHost, RpcLimits.defaults());
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
        clientHost.connect(serverHost.addresses().getFirst(), server.soon());
    }

    private Host host() throws IOException {
        Identity identity = Identity.generateEd25519(server.environment.randoms());
        return Libp2pHost.start(
                server.environment, HostConfig.listening(identity, Multiaddr.parse("/ip4/127.0.0.1/tcp/0")));
    }

    @AfterEach
    void stop() {
        handlers.close();
        client.close();
        serverRpc.close();
        clientHost.close();
        serverHost.close();
        server.close();
    }

    private PeerId peer() {
        return serverHost.peerId();
    }

    private long available() throws IOException, InterruptedException {
        byte[] answer = client.callUnary(peer(), ServiceNames.INFO, ExpertMessages.writeUid("tiny.1"), server.soon());
        return RpcInfo.read(ExpertMessages.readInfo(answer)).cacheTokensAvailable();
    }

    private static byte[] request(RequestMetadata.Builder metadata, Tensor hidden) {
        List<WireTensor> tensors = List.of(wire(hidden), WireTensor.absent("float32"), WireTensor.absent("int64"));
        return ExpertMessages.write(
                new ExpertRequest(uid(1, 4), tensors, metadata.build().write()));
    }

    @Test
    void aSessionGivesWhatOnePassGivesAndFreesItsCache() throws Exception {
        Tensor all = server.hidden(1, 1, 6);
        float[] expected = server.expected(all, 1, 4);
        try (RpcCall call = client.openStream(peer(), ServiceNames.INFERENCE, server.soon())) {
            for (int i = 0; i < 6; i++) {
                RequestMetadata.Builder metadata = RequestMetadata.builder()
                        .sessionId("s")
                        .stepId("step " + i)
                        .startFromPosition(i);
                if (i == 0) {
                    metadata.maxLength(10).opening("").argsStructure(ArgsStructure.flat(3));
                }
                Tensor token = all.slice(i, i + 1).reshape(1, 1, HIDDEN);
                call.send(request(metadata, token), server.soon());
                byte[] answer = Objects.requireNonNull(call.receive(server.soon()));
                float[] part = new float[HIDDEN];
                System.arraycopy(expected, i * HIDDEN, part, 0, HIDDEN);
                assertThat(FakeStream.floats(ExpertMessages.readResponse(answer)))
                        .containsExactly(part, within(CLOSE));
            }
            assertThat(available()).isEqualTo((CACHE_TOKENS - 10) * 3L);
            call.send(ExpertMessages.write(ExpertRequest.closing()), server.soon());
            assertThat(call.receive(server.soon())).isNull();
        }
        assertThat(available()).isEqualTo(CACHE_TOKENS * 3L);
    }

    @Test
    void errorsTellWhatWasWrong() {
        byte[] bad =
                ExpertMessages.write(new ExpertRequest("tiny.0", List.of(wire(server.hidden(1, 1, 1))), new byte[0]));
        assertThatThrownBy(() -> client.callUnary(peer(), ServiceNames.FORWARD, bad, server.soon()))
                .isInstanceOf(RemoteException.class)
                .hasMessageContaining("Remote peer does not serve tiny.0");
        assertThatThrownBy(() -> {
                    try (RpcCall call = client.openStream(peer(), ServiceNames.INFERENCE, server.soon())) {
                        call.send(bad, server.soon());
                        call.receive(server.soon());
                    }
                })
                .isInstanceOf(RemoteException.class)
                .hasMessageContaining("Remote peer does not serve tiny.0");
    }

    @Test
    void aLostClientFreesTheCache() throws Exception {
        try (RpcCall call = client.openStream(peer(), ServiceNames.INFERENCE, server.soon())) {
            RequestMetadata.Builder metadata =
                    RequestMetadata.builder().maxLength(10).opening("");
            call.send(request(metadata, server.hidden(1, 1, 1)), server.soon());
            call.receive(server.soon());
            assertThat(server.cache.bytesFree()).isLessThan(server.cache.bytesMax());
        }
        for (int i = 0; i < 1000 && available() < CACHE_TOKENS * 3L; i++) {
            // each question goes to the server and back, so this is patient enough
        }
        assertThat(available()).isEqualTo(CACHE_TOKENS * 3L);
    }

    @Test
    void closingTheServerEndsOpenSessions() throws Exception {
        try (RpcCall call = client.openStream(peer(), ServiceNames.INFERENCE, server.soon())) {
            RequestMetadata.Builder metadata =
                    RequestMetadata.builder().maxLength(10).opening("");
            call.send(request(metadata, server.hidden(1, 1, 1)), server.soon());
            call.receive(server.soon());
            handlers.close();
            assertThatThrownBy(() -> call.receive(server.soon())).isInstanceOf(IOException.class);
        }
        assertThat(server.cache.bytesFree()).isEqualTo(server.cache.bytesMax());
    }

    @Test
    void outputsArePushedToTheNextServer() throws Exception {
        var pushes = new FakeStream(server.environment.clock());
        client.handleUnary(ServiceNames.PUSH, (context, request) -> {
            pushes.sink().send(request, server.soon());
            return new byte[0];
        });
        Tensor token = server.hidden(1, 1, 1);
        try (RpcCall call = client.openStream(peer(), ServiceNames.INFERENCE, server.soon())) {
            var next = new NextServer(clientHost.peerId(), "other", new Span(4, 6));
            var self = new NextServer(peer(), "own", new Span(1, 4));
            call.send(request(opening("s").nextServers(List.of(next, self)), token), server.soon());
            byte[] output = Objects.requireNonNull(call.receive(server.soon()));
            ExpertRequest pushed = ExpertMessages.readRequest(pushes.bytes(0));
            assertThat(pushed.uid()).isEqualTo("tiny.4 tiny.5");
            assertThat(pushed.tensors()).hasSize(3);
            assertThat(pushed.tensors().getFirst().buffer().toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(ExpertMessages.readResponse(output)
                            .tensors()
                            .getFirst()
                            .buffer()
                            .toArray(ValueLayout.JAVA_BYTE));
            RequestMetadata metadata = RequestMetadata.read(pushed.metadata());
            assertThat(metadata.sessionId()).isEqualTo("other");
            assertThat(metadata.nextServers()).containsExactly(self);
            call.send(request(RequestMetadata.builder().nextServers(List.of(self)), token), server.soon());
            assertThat(call.receive(server.soon())).isNotNull();
        }
    }

    private static RequestMetadata.Builder opening(String sessionId) {
        return RequestMetadata.builder().sessionId(sessionId).maxLength(10).opening("");
    }
}
