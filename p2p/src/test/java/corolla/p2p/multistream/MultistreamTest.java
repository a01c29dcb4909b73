package corolla.p2p.multistream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.base.time.Deadline;
import corolla.p2p.Duplex;
import corolla.p2p.ProtocolNotSupportedException;
import corolla.p2p.testing.GoldenJson;
import corolla.p2p.testing.Mutations;
import corolla.p2p.testing.ScriptedStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MultistreamTest {
    private static final Deadline UNUSED = new Deadline(0);
    private static final Set<String> SERVED = Set.of("/noise", "EchoProtocol.rpc_echo");
    private static final int ROUNDS = 4;

    static Duplex duplex(ScriptedStream stream) {
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

    private static byte[] tokens(String... tokens) {
        return MultistreamMessages.encode(tokens);
    }

    @Test
    void proposalIsTheOneThatP2pdSends() {
        GoldenJson golden = GoldenJson.load("wire/noise_initiator_transcript.json");
        assertThat(Multistream.proposal("/noise"))
                .isEqualTo(golden.at("p2pd_sent").hex("multistream_hex"))
                .isEqualTo(golden.at("we_sent").hex("multistream_hex"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 1000})
    void responderKeepsWhatFollowsTheProposal(int pieceBytes) throws Exception {
        byte[] data = "request".getBytes(StandardCharsets.UTF_8);
        ScriptedStream stream =
                new ScriptedStream(Mutations.join(Multistream.proposal("EchoProtocol.rpc_echo"), data), pieceBytes);
        Multistream.Agreement agreement = Multistream.select(duplex(stream), SERVED::contains, ROUNDS, UNUSED);
        assertThat(agreement.protocol()).isEqualTo("EchoProtocol.rpc_echo");
        List<Byte> rest = new ArrayList<>();
        for (byte one : agreement.rest()) {
            rest.add(one);
        }
        for (byte[] one = new byte[1]; stream.read(one, 0, 1, UNUSED) > 0; ) {
            rest.add(one[0]);
        }
        assertThat(rest).hasSize(data.length).startsWith((byte) 'r', (byte) 'e');
        assertThat(Mutations.join(stream.written(), agreement.answer()))
                .isEqualTo(tokens("/multistream/1.0.0", "EchoProtocol.rpc_echo"));
    }

    @Test
    void responderAnswersNaUntilAProtocolIsServed() throws Exception {
        ScriptedStream stream = new ScriptedStream(tokens("/multistream/1.0.0", "/tls/1.0.0", "/noise"), 1000);
        Multistream.Agreement agreement = Multistream.select(duplex(stream), SERVED::contains, ROUNDS, UNUSED);
        assertThat(agreement.protocol()).isEqualTo("/noise");
        assertThat(Mutations.join(stream.written(), agreement.answer()))
                .isEqualTo(tokens("/multistream/1.0.0", "na", "/noise"));
    }

    @Test
    void refusalLeavesEvenWhenDataFollowsTheProposal() {
        byte[] data = {0, 0, 0, 0};
        ScriptedStream stream = new ScriptedStream(Mutations.join(tokens("/multistream/1.0.0", "/nobody"), data), 1000);
        assertThatThrownBy(() -> Multistream.select(duplex(stream), SERVED::contains, ROUNDS, UNUSED))
                .isInstanceOf(ProtocolException.class);
        assertThat(stream.written()).isEqualTo(tokens("/multistream/1.0.0", "na"));
    }

    @Test
    void endlessProposalsAreAFlood() {
        ScriptedStream stream = new ScriptedStream(tokens("/multistream/1.0.0", "a", "b", "c", "d", "e", "f"), 1000);
        assertThatThrownBy(() -> Multistream.select(duplex(stream), SERVED::contains, ROUNDS, UNUSED))
                .isInstanceOf(ProtocolException.class)
                .hasMessageStartingWith("more than 4 protocols proposed");
    }

    @Test
    void initiatorTakesTheEcho() throws Exception {
        byte[] data = {1, 2, 3};
        ScriptedStream stream = new ScriptedStream(Mutations.join(tokens("/multistream/1.0.0", "/noise"), data), 1000);
        Multistream.Agreement agreement = Multistream.propose(duplex(stream), "/noise", "peer", UNUSED);
        assertThat(agreement.rest()).isEqualTo(data);
        assertThat(stream.written()).isEqualTo(Multistream.proposal("/noise"));
    }

    @Test
    void naIsProtocolNotSupported() {
        ScriptedStream stream = new ScriptedStream(tokens("/multistream/1.0.0", "na"), 1000);
        assertThatThrownBy(() -> Multistream.propose(duplex(stream), "/x", "12D3…abcd", UNUSED))
                .isInstanceOf(ProtocolNotSupportedException.class)
                .hasMessage("protocol '/x' is not supported by 12D3…abcd");
    }

    @Test
    void anotherAnswerIsAnError() {
        ScriptedStream stream = new ScriptedStream(tokens("/multistream/1.0.0", "/other"), 1000);
        assertThatThrownBy(() -> Multistream.propose(duplex(stream), "/x", "peer", UNUSED))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("'/other'");
    }

    @Test
    void anotherHeaderIsAnError() {
        ScriptedStream stream = new ScriptedStream(tokens("/multistream/2.0.0"), 1000);
        assertThatThrownBy(() -> Multistream.select(duplex(stream), SERVED::contains, ROUNDS, UNUSED))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("/multistream/2.0.0");
    }

    @Test
    void endWithinATokenIsAnError() {
        ScriptedStream stream = new ScriptedStream(new byte[] {19, '/', 'm'}, 1000);
        assertThatThrownBy(() -> Multistream.select(duplex(stream), SERVED::contains, ROUNDS, UNUSED))
                .isInstanceOf(EOFException.class);
    }

    @Test
    void tokenOf1024BytesIsTheLongest() throws Exception {
        String longest = "x".repeat(1023);
        byte[] bytes = tokens(longest);
        assertThat(MultistreamMessages.decode(bytes, 0, bytes.length)
                        .orElseThrow()
                        .text())
                .isEqualTo(longest);
        assertThat(MultistreamMessages.decode(bytes, 0, bytes.length - 1)).isEmpty();
        assertThatThrownBy(() -> tokens("x".repeat(1024))).isInstanceOf(IllegalArgumentException.class);
        byte[] longer = {(byte) 0x81, 0x08};
        assertThatThrownBy(() -> MultistreamMessages.decode(longer, 0, 2)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void brokenTokensAreRefused() {
        byte[][] broken = {{0}, {2, 'a', 'b'}, {(byte) 0x80, (byte) 0x80, 1}, {(byte) 0xff, (byte) 0xff}};
        for (byte[] bytes : broken) {
            assertThatThrownBy(() -> MultistreamMessages.decode(bytes, 0, bytes.length))
                    .isInstanceOf(ProtocolException.class);
        }
    }
}
