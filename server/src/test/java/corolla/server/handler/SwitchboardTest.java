package corolla.server.handler;

import static corolla.server.handler.TinyServer.HIDDEN;
import static corolla.server.handler.TinyServer.wire;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.base.multiformat.Multiaddr;
import corolla.p2p.Host;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.p2p.rpc.RemoteException;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcCall;
import corolla.p2p.rpc.RpcLimits;
import corolla.server.ServerLimits;
import corolla.swarm.ChainedUid;
import corolla.swarm.Span;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.RequestMetadata;
import corolla.swarm.protocol.RpcInfo;
import corolla.swarm.protocol.ServiceNames;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two models on one node: the same blocks under two names, of two dtypes. */
class SwitchboardTest {
    @TempDir
    Path folder;

    private interface Story {
        void tell(TinyServer server, Rpc client, Host serving, Runnable removeOther) throws Exception;
    }

    private void withTwoModels(Story story) throws Exception {
        try (TinyServer server = new TinyServer(folder, DType.F32, ServerLimits.defaults());
                Host serving = host(server);
                Host calling = host(server);
                Rpc rpc = new Rpc(server.environment, serving, RpcLimits.defaults());
                Rpc client = new Rpc(server.environment, calling, RpcLimits.defaults())) {
            var switchboard = new Switchboard();
            ServedModel one = server.model;
            var twoBlocks = new ServedBlocks(server.environment.clock());
            twoBlocks.open(new Span(2, 4));
            var other = new ServedModel(
                    "other", twoBlocks, HIDDEN, DType.F16, one.compression(), 50, 256, one.cacheBytesPerToken());
            try (Handlers _ = register(server, switchboard, rpc, serving, one);
                    Handlers second = register(server, switchboard, rpc, serving, other)) {
                calling.connect(serving.addresses().getFirst(), server.soon());
                story.tell(server, client, serving, second::close);
            }
            assertThat(switchboard.serves("other")).isFalse();
        }
    }

    private static Host host(TinyServer server) throws IOException {
        Identity identity = Identity.generateEd25519(server.environment.randoms());
        return Libp2pHost.start(
                server.environment, HostConfig.listening(identity, Multiaddr.parse("/ip4/127.0.0.1/tcp/0")));
    }

    private static Handlers register(
            TinyServer server, Switchboard switchboard, Rpc rpc, Host host, ServedModel model) {
        return Handlers.register(
                server.environment,
                switchboard,
                rpc,
                host.peerId(),
                model,
                server.backend,
                server.cache,
                server.limits,
                false);
    }

    private static byte[] request(String prefix, RequestMetadata.Builder metadata, Tensor hidden) {
        String uid = ChainedUid.of(prefix, new Span(2, 4)).toString();
        List<WireTensor> tensors = List.of(wire(hidden), WireTensor.absent("float32"), WireTensor.absent("int64"));
        return ExpertMessages.write(
                new ExpertRequest(uid, tensors, metadata.build().write()));
    }

    @Test
    void eachRequestReachesTheModelThatItNames() throws Exception {
        withTwoModels((server, client, serving, _) -> {
            Tensor hidden = server.hidden(1, 1, 3);
            float[] expected = server.expected(hidden, 2, 4);
            for (String prefix : List.of("tiny", "other")) {
                byte[] request =
                        request(prefix, RequestMetadata.builder().maxLength(8).opening(""), hidden);
                String dtype = prefix.equals("tiny") ? "float32" : "float16";
                byte[] whole = client.callUnary(serving.peerId(), ServiceNames.FORWARD, request, server.soon());
                WireTensor answer = ExpertMessages.readResponse(whole).tensors().getFirst();
                assertThat(answer.dtype()).isEqualTo(dtype);
                for (String name : List.of(ServiceNames.FORWARD_STREAM, ServiceNames.INFERENCE)) {
                    try (RpcCall call = client.openStream(serving.peerId(), name, server.soon())) {
                        call.send(request, server.soon());
                        if (name.equals(ServiceNames.FORWARD_STREAM)) {
                            call.endRequests(server.soon());
                        }
                        byte[] streamed = Objects.requireNonNull(call.receive(server.soon()));
                        assertThat(ExpertMessages.readResponse(streamed)
                                        .tensors()
                                        .getFirst()
                                        .dtype())
                                .isEqualTo(dtype);
                    }
                }
                if (prefix.equals("tiny")) {
                    assertThat(FakeStream.floats(ExpertMessages.readResponse(whole)))
                            .containsExactly(expected, within(1e-4f));
                }
            }
        });
    }

    @Test
    void namesOfNobodyAreRefusedAndEmptyOnesAreTheFirstModels() throws Exception {
        withTwoModels((server, client, serving, _) -> {
            byte[] info =
                    client.callUnary(serving.peerId(), ServiceNames.INFO, ExpertMessages.writeUid(""), server.soon());
            assertThat(RpcInfo.read(ExpertMessages.readInfo(info)).schema()).isNull();
            byte[] request = request("third", RequestMetadata.builder().opening(""), server.hidden(1, 1, 3));
            assertThatThrownBy(() -> client.callUnary(serving.peerId(), ServiceNames.FORWARD, request, server.soon()))
                    .isInstanceOf(RemoteException.class)
                    .hasMessageContaining("Remote peer does not serve third.2");
        });
    }

    @Test
    void modelThatEndsLeavesTheOtherServed() throws Exception {
        withTwoModels((server, client, serving, removeOther) -> {
            removeOther.run();
            byte[] own = request("tiny", RequestMetadata.builder().opening(""), server.hidden(1, 1, 3));
            assertThat(client.callUnary(serving.peerId(), ServiceNames.FORWARD, own, server.soon()))
                    .isNotEmpty();
            byte[] gone = request("other", RequestMetadata.builder().opening(""), server.hidden(1, 1, 3));
            assertThatThrownBy(() -> client.callUnary(serving.peerId(), ServiceNames.FORWARD, gone, server.soon()))
                    .isInstanceOf(RemoteException.class)
                    .hasMessageContaining("does not serve");
        });
    }

    @Test
    void oneModelIsServedOnceOnANode() throws Exception {
        try (TinyServer server = new TinyServer(folder, DType.F32, ServerLimits.defaults());
                Host host = host(server);
                Rpc rpc = new Rpc(server.environment, host, RpcLimits.defaults())) {
            var switchboard = new Switchboard();
            Handlers first = register(server, switchboard, rpc, host, server.model);
            assertThatThrownBy(() -> register(server, switchboard, rpc, host, server.model))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("tiny already");
            first.close();
            assertThat(switchboard.serves("tiny")).isFalse();
        }
    }
}
