package corolla.p2p.rpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.base.multiformat.Varint;
import corolla.base.protobuf.ProtoWriter;
import corolla.base.time.Deadline;
import corolla.p2p.Duplex;
import corolla.p2p.internal.ByteBudget;
import corolla.p2p.internal.MessageForm;
import corolla.p2p.internal.MessageReader;
import corolla.p2p.testing.GoldenJson;
import corolla.p2p.testing.Mutations;
import corolla.p2p.testing.ScriptedStream;
import corolla.testkit.GoldenFiles;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RpcMessagesTest {
    private static final GoldenJson MESSAGES = GoldenJson.load("messages.json");
    private static final GoldenJson SAMPLES = GoldenJson.load("wire/stream_samples.json");

    private static byte[] sample(String name) {
        return MESSAGES.at(name).hex("hex");
    }

    @Test
    void requestEqualsHiveminds() throws ProtocolException {
        byte[] golden = sample("UnaryCall_request");
        RpcMessages.UnaryRequest request = RpcMessages.decodeRequest(golden);
        assertThat(request.name()).isEqualTo("DHTProtocol.rpc_ping");
        assertThat(request.data()).isEqualTo(sample("PingRequest"));
        byte[] callee = Arrays.copyOfRange(golden, 22, 22 + 38);
        byte[] head = RpcMessages.requestHead(request.callId(), callee, request.name(), request.data().length);
        assertThat(Mutations.join(head, request.data())).isEqualTo(delimited(golden));
    }

    private static byte[] delimited(byte[] message) {
        return Mutations.join(Varint.encode(message.length), message);
    }

    @Test
    void responsesEqualHiveminds() throws ProtocolException {
        byte[] golden = sample("UnaryCall_response_ok");
        assertThat(RpcMessages.decodeResponse(golden))
                .isInstanceOfSatisfying(RpcMessages.UnaryResponse.Success.class, success -> {
                    assertThat(success.data()).isEqualTo(sample("PingResponse"));
                    byte[] head = RpcMessages.responseHead(success.callId(), success.data().length);
                    assertThat(Mutations.join(head, success.data())).isEqualTo(delimited(golden));
                });
        byte[] error = sample("UnaryCall_response_error");
        assertThat(RpcMessages.decodeResponse(error))
                .isInstanceOfSatisfying(RpcMessages.UnaryResponse.Failure.class, failure -> {
                    assertThat(failure.text()).isEqualTo("ValueError('boom')");
                    byte[] text = failure.text().getBytes(UTF_8);
                    assertThat(Mutations.join(RpcMessages.errorHead(failure.callId(), text.length), text))
                            .isEqualTo(delimited(error));
                });
    }

    @Test
    void recordedCallsOfP2pdAreRead() throws ProtocolException {
        byte[] request = SAMPLES.at("unary_call_from_p2pd").hex("request_message_hex");
        assertThat(RpcMessages.decodeRequest(request).name()).isEqualTo("Echo.rpc_echo");
        byte[] error = SAMPLES.at("unary_error").hex("response_hex");
        assertThat(RpcMessages.decodeResponse(Arrays.copyOfRange(error, 2, error.length)))
                .isInstanceOfSatisfying(
                        RpcMessages.UnaryResponse.Failure.class,
                        failure -> assertThat(failure.text()).startsWith("AssertionError('DHTID must be"));
    }

    @Test
    void errorFramesEqualHiveminds() throws ProtocolException {
        byte[] golden = sample("RPCError");
        assertThat(RpcMessages.encodeError("boom")).isEqualTo(golden);
        assertThat(RpcMessages.decodeError(golden)).isEqualTo("boom");
        assertThat(RpcMessages.decodeError(new byte[0])).isEmpty();
        assertThat(RpcMessages.frameHead(RpcMessages.MARKER_END, 0)).containsExactly(1, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void framedStreamsOfHivemindAreReadAndWrittenAgain() throws Exception {
        for (String name : List.of("exact", "tail", "empty")) {
            byte[] golden = GoldenFiles.bytes("hivemind/rpc/stream_request." + name + ".bin");
            byte[] again = new byte[0];
            var scripted = new ScriptedStream(golden, 100);
            try (MessageReader reader = new MessageReader(duplex(scripted), name, new ByteBudget(1 << 20))) {
                byte[] message = reader.read(MessageForm.MARKED, 1 << 20, new Deadline(0));
                while (message != null) {
                    again = Mutations.join(again, RpcMessages.frameHead(reader.marker(), message.length));
                    again = Mutations.join(again, message);
                    message = reader.read(MessageForm.MARKED, 1 << 20, new Deadline(0));
                }
                assertThat(reader.marker()).isEqualTo(RpcMessages.MARKER_END);
            }
            assertThat(again).isEqualTo(golden);
        }
    }

    private static Duplex duplex(ScriptedStream stream) {
        return new Duplex() {
            @Override
            public int read(byte[] into, int from, int count, Deadline deadline) throws IOException {
                return stream.read(into, from, count, deadline);
            }

            @Override
            public void write(byte[] bytes, int from, int count, Deadline deadline) throws IOException {
                stream.write(bytes, from, count, deadline);
            }
        };
    }

    @Test
    void missingFieldsAndWrongCallIdsAreRefused() {
        byte[] id = new byte[16];
        List<byte[]> wrong = List.of(
                new byte[0],
                new ProtoWriter().bytes(1, id).toByteArray(),
                new ProtoWriter().bytes(1, new byte[15]).toByteArray(),
                new ProtoWriter().bytes(1, id).message(3, new ProtoWriter()).toByteArray(),
                new ProtoWriter()
                        .bytes(1, id)
                        .message(3, new ProtoWriter().string(2, "a").bytes(3, id))
                        .toByteArray(),
                new ProtoWriter().bytes(1, id).message(4, new ProtoWriter()).toByteArray());
        for (byte[] bytes : wrong) {
            assertThatThrownBy(() -> RpcMessages.decodeRequest(bytes)).isInstanceOf(ProtocolException.class);
            assertThatThrownBy(() -> RpcMessages.decodeResponse(bytes)).isInstanceOf(ProtocolException.class);
        }
    }

    @Test
    void decodersSurviveDamagedMessages() {
        Mutations mutations = new Mutations(61);
        List<byte[]> originals = List.of(
                sample("UnaryCall_request"), sample("UnaryCall_response_ok"), sample("UnaryCall_response_error"));
        int decoded = 0;
        for (int i = 0; i < Mutations.count(); i++) {
            byte[] bytes = mutations.mutate(originals.get(i % originals.size()));
            try {
                if (i % originals.size() == 0) {
                    RpcMessages.decodeRequest(bytes);
                } else {
                    RpcMessages.decodeResponse(bytes);
                }
                RpcMessages.decodeError(bytes);
                decoded++;
            } catch (ProtocolException expected) {
                assertThat(expected).hasMessageNotContaining("Exception");
            }
        }
        assertThat(decoded).isPositive();
    }
}
