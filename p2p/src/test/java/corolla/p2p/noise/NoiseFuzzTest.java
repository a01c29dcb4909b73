package corolla.p2p.noise;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.time.Deadline;
import corolla.p2p.identity.Identity;
import corolla.p2p.testing.FixedRandoms;
import corolla.p2p.testing.GoldenJson;
import corolla.p2p.testing.Mutations;
import corolla.p2p.testing.ScriptedStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mutated handshakes, payloads and messages end in an {@code IOException}, quickly and without large allocations. */
@Timeout(600)
class NoiseFuzzTest {
    private static final Deadline UNUSED = new Deadline(0);
    private static final byte[] NOTHING = {};
    private static final GoldenJson RESPONDER = GoldenJson.load("wire/noise_responder_transcript.json");
    private static final GoldenJson INITIATOR = GoldenJson.load("wire/noise_initiator_transcript.json");

    private static Noise noise(GoldenJson golden) {
        Identity identity = Identity.ofEd25519Seed(golden.hex("our_identity_seed_hex"));
        byte[] ephemeral = golden.hex("our_noise_ephemeral_private_hex");
        FixedRandoms randoms = FixedRandoms.of(golden.hex("our_noise_static_private_hex"), ephemeral);
        return new Noise(NoiseKeys.generate(identity, List.of("/yamux/1.0.0"), randoms), randoms);
    }

    /** Half of the mutants damage the framing, half only what is in the frames. */
    private static byte[] mutated(List<byte[]> frames, Mutations mutations) {
        List<byte[]> chosen = new ArrayList<>(frames);
        int at = mutations.random().nextInt(chosen.size());
        byte[] frame = chosen.get(at);
        if (mutations.random().nextBoolean()) {
            chosen.set(at, mutations.mutate(frame));
        } else {
            byte[] message = java.util.Arrays.copyOfRange(frame, 2, frame.length);
            chosen.set(at, FrameReader.frame(mutations.mutate(message)));
        }
        return GoldenJson.concat(chosen);
    }

    @Test
    void handshakesSurvive() throws InterruptedException {
        Mutations mutations = new Mutations(21);
        List<byte[]> toResponder = RESPONDER.at("p2pd_sent").hexes("noise_handshake_frames_hex");
        List<byte[]> toInitiator = INITIATOR.at("p2pd_sent").hexes("noise_handshake_frames_hex");
        Noise responder = noise(RESPONDER);
        Noise initiator = noise(INITIATOR);
        for (int i = 0; i < Mutations.count(); i++) {
            try {
                if (i % 2 == 0) {
                    responder.respond(new ScriptedStream(mutated(toResponder, mutations), 999), NOTHING, UNUSED);
                } else {
                    initiator
                            .initiate()
                            .complete(new ScriptedStream(mutated(toInitiator, mutations), 999), NOTHING, null, UNUSED);
                }
            } catch (IOException e) {
                assertThat(e.getMessage()).as("mutation " + i).isNotNull().hasSizeLessThan(500);
            }
        }
    }

    @Test
    void payloadsSurvive() {
        Mutations mutations = new Mutations(22);
        byte[] good = RESPONDER.hex("remote_handshake_payload_hex");
        int accepted = 0;
        for (int i = 0; i < Mutations.count(); i++) {
            try {
                NoiseMessages.decode(mutations.mutate(good));
                accepted++;
            } catch (IOException e) {
                assertThat(e.getMessage()).as("mutation " + i).isNotNull();
            }
        }
        assertThat(accepted).isPositive();
    }

    @Test
    void messagesSurvive() throws InterruptedException {
        Mutations mutations = new Mutations(23);
        byte[] wire = TestChannels.sealedByClient(List.of(new byte[12], new byte[900], new byte[1]));
        for (int i = 0; i < Mutations.count(); i++) {
            ScriptedStream stream = new ScriptedStream(
                    mutations.mutate(wire), 1 + mutations.random().nextInt(2000));
            SecureChannel channel = TestChannels.server(stream);
            long bytes = 0;
            try {
                for (int count; (count = channel.fill(UNUSED)) >= 0; ) {
                    bytes += count;
                    channel.consume(count);
                }
            } catch (IOException e) {
                assertThat(e.getMessage()).as("mutation " + i).isNotNull();
            }
            assertThat(bytes).isLessThanOrEqualTo(12 + 900 + 1);
        }
    }
}
