package corolla.p2p.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.base.RealEnvironment;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.identity.Identity;
import corolla.p2p.testing.FixedRandoms;
import corolla.p2p.testing.GoldenJson;
import corolla.p2p.testing.MemoryStream;
import corolla.p2p.testing.ScriptedStream;
import corolla.testkit.GoldenFiles;
import java.io.EOFException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NoiseTest {
    private static final byte[] NOTHING = {};
    private static RealEnvironment real;
    private static Clock clock;

    @BeforeAll
    static void start() {
        real = RealEnvironment.create(1);
        clock = real.environment().clock();
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    private static Deadline soon() {
        return Deadline.after(clock, Duration.ofSeconds(10));
    }

    private static List<SecureChannel> handshake(
            Identity client, List<String> theirs, Identity server, List<String> ours) throws Exception {
        FixedRandoms randoms = FixedRandoms.seeded(3);
        List<MemoryStream> ends = MemoryStream.pair(clock);
        try (TaskScope scope = real.environment().tasks().open("test")) {
            Noise responder = new Noise(NoiseKeys.generate(server, ours, randoms), randoms);
            Task<SecureChannel> answer = scope.fork("responder", () -> responder.respond(ends.get(1), NOTHING, soon()));
            Noise.Initiation initiation = new Noise(NoiseKeys.generate(client, theirs, randoms), randoms).initiate();
            ends.get(0).write(initiation.firstFrame(), 0, initiation.firstFrame().length, soon());
            SecureChannel initiated = initiation.complete(ends.get(0), NOTHING, server.peerId(), soon());
            return List.of(initiated, answer.await(soon()));
        }
    }

    private static Identity ed25519(int seed) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) seed);
        return Identity.ofEd25519Seed(bytes);
    }

    @Test
    void rsaAndEd25519PeersProveThemselves() throws Exception {
        Identity rsa = Identity.decode(GoldenFiles.bytes("hivemind/keys/rsa2048.identity"));
        List<SecureChannel> both = handshake(rsa, List.of("/yamux/1.0.0"), ed25519(1), List.of("/yamux/1.0.0"));
        assertThat(both.get(0).remotePeer()).isEqualTo(ed25519(1).peerId());
        assertThat(both.get(1).remotePeer()).isEqualTo(rsa.peerId());
    }

    @Test
    void muxerIsTheInitiatorsFirstThatBothHave() throws Exception {
        assertThat(muxers(List.of("/a", "/b", "/c"), List.of("/c", "/b"))).containsOnly(Optional.of("/b"));
    }

    @Test
    void withoutACommonMuxerThereIsNone() throws Exception {
        assertThat(muxers(List.of("/a"), List.of("/b"))).containsOnly(Optional.empty());
        assertThat(muxers(List.of(), List.of("/b"))).containsOnly(Optional.empty());
        assertThat(muxers(List.of("/a"), List.of())).containsOnly(Optional.empty());
    }

    private static List<Optional<String>> muxers(List<String> theirs, List<String> ours) throws Exception {
        return handshake(ed25519(1), theirs, ed25519(2), ours).stream()
                .map(SecureChannel::earlyMuxer)
                .toList();
    }

    @Test
    void anySizeSurvivesTheChannel() throws Exception {
        List<MemoryStream> ends = MemoryStream.pair(clock);
        List<SecureChannel> channels = TestChannels.over(ends);
        SplittableRandom random = new SplittableRandom(9);
        for (int size : new int[] {1, 2, 100, 4095, 65_518, 65_519, 65_520, 200_000, 3}) {
            byte[] sent = new byte[size];
            random.nextBytes(sent);
            channels.get(0).write(sent, 0, size, soon());
            byte[] received = new byte[size];
            for (int at = 0; at < size; ) {
                at += channels.get(1).read(received, at, Math.min(size - at, 1 + random.nextInt(100_000)), soon());
            }
            assertThat(received).isEqualTo(sent);
        }
    }

    @Test
    void unreadBytesComeFirst() throws Exception {
        List<MemoryStream> ends = MemoryStream.pair(clock);
        List<SecureChannel> channels = TestChannels.over(ends);
        channels.get(0).write(new byte[] {1, 2, 3, 4}, 0, 4, soon());
        byte[] some = new byte[3];
        channels.get(1).read(some, 0, 3, soon());
        channels.get(1).unread(new byte[] {2, 3});
        byte[] rest = new byte[10];
        assertThat(channels.get(1).read(rest, 0, 10, soon())).isEqualTo(3);
        assertThat(rest).startsWith(2, 3, 4);
    }

    @Test
    void buffersAreGivenBackBetweenMessagesAndNothingIsLostWithinOne() throws Exception {
        byte[] sent = new byte[3000];
        new SplittableRandom(10).nextBytes(sent);
        byte[] wire = TestChannels.sealedByClient(List.of(sent, sent));
        List<MemoryStream> ends = MemoryStream.pair(clock);
        SecureChannel channel = TestChannels.server(ends.get(1));
        int split = wire.length / 2 + 1000;
        ends.get(0).write(wire, 0, split, soon());
        assertThat(channel.fill(soon())).isEqualTo(sent.length);
        channel.giveBuffersBack(); // the first message is not read yet, the second has begun
        assertThat(Arrays.copyOf(channel.plain(), sent.length)).isEqualTo(sent);
        channel.consume(sent.length);
        assertThatThrownBy(() -> channel.fill(Deadline.after(clock, Duration.ofMillis(1))))
                .isInstanceOf(DeadlineException.class);
        channel.giveBuffersBack();
        ends.get(0).write(wire, split, wire.length - split, soon());
        assertThat(channel.fill(soon())).isEqualTo(sent.length);
        assertThat(Arrays.copyOf(channel.plain(), sent.length)).isEqualTo(sent);
        channel.consume(sent.length);
        channel.giveBuffersBack();
        assertThat(channel.bufferBytes()).isLessThan(100);
    }

    @Test
    void endBetweenMessagesIsAnEndAndWithinOneAnError() throws Exception {
        byte[] wire = TestChannels.sealedByClient(List.of(new byte[5]));
        SecureChannel whole = TestChannels.server(new ScriptedStream(wire, 10));
        assertThat(whole.fill(soon())).isEqualTo(5);
        whole.consume(5);
        assertThat(whole.fill(soon())).isEqualTo(-1);
        SecureChannel cut = TestChannels.server(new ScriptedStream(Arrays.copyOf(wire, wire.length - 1), 10));
        assertThatThrownBy(() -> cut.fill(soon())).isInstanceOf(EOFException.class);
    }

    @Test
    void repeatedMessageIsNotAuthentic() throws Exception {
        byte[] wire = TestChannels.sealedByClient(List.of(new byte[5]));
        SecureChannel channel = TestChannels.server(new ScriptedStream(GoldenJson.concat(List.of(wire, wire)), 1000));
        channel.fill(soon());
        channel.consume(5);
        assertThatThrownBy(() -> channel.fill(soon()))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("not authentic");
    }

    @Test
    void publicKeyOfSmallOrderIsRefused() {
        DhKeys keys = DhKeys.generate(FixedRandoms.seeded(1));
        assertThatThrownBy(() -> keys.agree(new byte[32]))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("small order");
    }

    @Test
    void payloadWithoutIdentityIsRefused() {
        assertThatThrownBy(() -> NoiseMessages.decode(new byte[] {0x0a, 0x01, 0x07}))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("lacks");
    }
}
