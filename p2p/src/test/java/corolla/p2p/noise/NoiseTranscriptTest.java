package corolla.p2p.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.WrongPeerException;
import corolla.p2p.identity.Identity;
import corolla.p2p.testing.FixedRandoms;
import corolla.p2p.testing.GoldenJson;
import corolla.p2p.testing.Mutations;
import corolla.p2p.testing.ScriptedStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections recorded with p2pd: with the same keys, our side's bytes must come out the same. */
class NoiseTranscriptTest {
    private static final Deadline UNUSED = new Deadline(0);
    private static final byte[] NOTHING = {};

    private static Noise noise(GoldenJson golden) {
        Identity identity = Identity.ofEd25519Seed(golden.hex("our_identity_seed_hex"));
        FixedRandoms randoms = FixedRandoms.of(
                golden.hex("our_noise_static_private_hex"), golden.hex("our_noise_ephemeral_private_hex"));
        return new Noise(NoiseKeys.generate(identity, List.of("/yamux/1.0.0"), randoms), randoms);
    }

    private static byte[] p2pdNoise(GoldenJson golden) {
        GoldenJson sent = golden.at("p2pd_sent");
        return Mutations.join(
                GoldenJson.concat(sent.hexes("noise_handshake_frames_hex")),
                GoldenJson.concat(sent.hexes("noise_transport_frames_hex")));
    }

    private static byte[] readAll(SecureChannel channel) throws IOException, InterruptedException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some = new byte[1000];
        for (int count; (count = channel.read(some, 0, some.length, UNUSED)) >= 0; ) {
            all.write(some, 0, count);
        }
        return all.toByteArray();
    }

    /** Sends our recorded plaintext, cut as it was cut then. */
    private static void writeAll(SecureChannel channel, GoldenJson sent) throws IOException, InterruptedException {
        byte[] plain = sent.hex("yamux_plaintext_hex");
        int at = 0;
        for (byte[] frame : sent.hexes("noise_transport_frames_hex")) {
            int count = frame.length - FrameReader.HEADER_BYTES - NoiseCipher.TAG_BYTES;
            channel.write(plain, at, count, UNUSED);
            at += count;
        }
        assertThat(at).isEqualTo(plain.length);
    }

    private static byte[] ourNoise(GoldenJson golden) {
        GoldenJson sent = golden.at("we_sent");
        return Mutations.join(
                GoldenJson.concat(sent.hexes("noise_handshake_frames_hex")),
                GoldenJson.concat(sent.hexes("noise_transport_frames_hex")));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1_000_000})
    void initiatorIsReproduced(int pieceBytes) throws Exception {
        GoldenJson golden = GoldenJson.load("wire/noise_initiator_transcript.json");
        ScriptedStream stream = new ScriptedStream(p2pdNoise(golden), pieceBytes);
        Noise.Initiation initiation = noise(golden).initiate();
        stream.write(initiation.firstFrame(), 0, initiation.firstFrame().length, UNUSED);
        PeerId expected = PeerId.parse(golden.text("remote_peer_id_base58"));
        SecureChannel channel = initiation.complete(stream, NOTHING, expected, UNUSED);
        assertThat(channel.remotePeer()).isEqualTo(expected);
        assertThat(channel.remoteKey().message()).isEqualTo(golden.hex("remote_public_key_protobuf_hex"));
        assertThat(channel.earlyMuxer()).contains("/yamux/1.0.0");
        assertThat(readAll(channel)).isEqualTo(golden.at("p2pd_sent").hex("yamux_plaintext_hex"));
        writeAll(channel, golden.at("we_sent"));
        assertThat(stream.written()).isEqualTo(ourNoise(golden));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1_000_000})
    void responderIsReproduced(int pieceBytes) throws Exception {
        GoldenJson golden = GoldenJson.load("wire/noise_responder_transcript.json");
        byte[] all = p2pdNoise(golden);
        int early = Math.min(5, pieceBytes); // read too far with multistream-select
        ScriptedStream stream = new ScriptedStream(Arrays.copyOfRange(all, early, all.length), pieceBytes);
        SecureChannel channel = noise(golden).respond(stream, Arrays.copyOf(all, early), UNUSED);
        assertThat(channel.remotePeer().toBase58()).isEqualTo(golden.text("remote_peer_id_base58"));
        assertThat(channel.earlyMuxer()).contains("/yamux/1.0.0");
        assertThat(readAll(channel)).isEqualTo(golden.at("p2pd_sent").hex("yamux_plaintext_hex"));
        writeAll(channel, golden.at("we_sent"));
        assertThat(stream.written()).isEqualTo(ourNoise(golden));
    }

    @Test
    void handshakeHashAndKeysAreReproduced() throws Exception {
        GoldenJson golden = GoldenJson.load("wire/noise_initiator_transcript.json");
        NoiseState state = new NoiseState(
                true,
                DhKeys.ofPrivate(golden.hex("our_noise_static_private_hex")),
                DhKeys.ofPrivate(golden.hex("our_noise_ephemeral_private_hex")));
        state.write(NOTHING);
        byte[] second =
                golden.at("p2pd_sent").hexes("noise_handshake_frames_hex").getFirst();
        assertThat(state.read(Arrays.copyOfRange(second, 2, second.length)))
                .isEqualTo(golden.hex("remote_handshake_payload_hex"));
        Identity identity = Identity.ofEd25519Seed(golden.hex("our_identity_seed_hex"));
        NoiseKeys keys = NoiseKeys.generate(
                identity, List.of("/yamux/1.0.0"), FixedRandoms.of(golden.hex("our_noise_static_private_hex")));
        state.write(keys.payload());
        assertThat(state.handshakeHash()).isEqualTo(golden.hex("handshake_hash_hex"));
        assertThat(state.split().first()).isEqualTo(golden.hex("key_initiator_to_responder_hex"));
        assertThat(state.split().second()).isEqualTo(golden.hex("key_responder_to_initiator_hex"));
    }

    @Test
    void anotherPeerThanExpectedIsRefused() throws Exception {
        GoldenJson golden = GoldenJson.load("wire/noise_initiator_transcript.json");
        ScriptedStream stream = new ScriptedStream(p2pdNoise(golden), 1000);
        Noise.Initiation initiation = noise(golden).initiate();
        PeerId other = Identity.ofEd25519Seed(new byte[32]).peerId();
        assertThatThrownBy(() -> initiation.complete(stream, NOTHING, other, UNUSED))
                .isInstanceOf(WrongPeerException.class)
                .hasMessageContaining(golden.text("remote_peer_id_base58"))
                .hasMessageContaining(other.toBase58());
    }

    @Test
    void everyFlippedBitOfTheHandshakeIsNoticed() throws Exception {
        GoldenJson golden = GoldenJson.load("wire/noise_initiator_transcript.json");
        byte[] second =
                golden.at("p2pd_sent").hexes("noise_handshake_frames_hex").getFirst();
        for (int at = 0; at < second.length; at++) {
            byte[] damaged = second.clone();
            damaged[at] ^= 4;
            Noise.Initiation initiation = noise(golden).initiate();
            ScriptedStream stream = new ScriptedStream(damaged, 1000);
            assertThatThrownBy(() -> initiation.complete(stream, NOTHING, null, UNUSED))
                    .as("byte " + at)
                    .isInstanceOf(IOException.class);
        }
    }
}
