package corolla.p2p.yamux;

import static corolla.p2p.yamux.YamuxMessages.ACK;
import static corolla.p2p.yamux.YamuxMessages.FIN;
import static corolla.p2p.yamux.YamuxMessages.RST;
import static corolla.p2p.yamux.YamuxMessages.SYN;
import static corolla.p2p.yamux.YamuxMessages.WINDOW_BYTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.p2p.P2pLimits;
import corolla.p2p.yamux.YamuxMessages.Frame;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class YamuxStateTest {
    private static final long SECOND = 1_000_000_000L;
    private static final P2pLimits LIMITS = P2pLimits.defaults();

    private final MemoryBudget budget = new MemoryBudget(LIMITS.unreadBytesMax());
    private final YamuxState client = new YamuxState(true, LIMITS, budget);
    private final YamuxState server = new YamuxState(false, LIMITS, budget);

    private static Frame.Data data(int stream, int flags, int length) {
        return new Frame.Data(stream, flags, length);
    }

    private static Frame.WindowUpdate update(int stream, int flags, long delta) {
        return new Frame.WindowUpdate(stream, flags, delta);
    }

    private static StreamState opened(YamuxState state, int id) throws ProtocolException {
        StreamState stream = state.onFrame(update(id, SYN, 0), 0).stream();
        assertThat(stream).isNotNull();
        return java.util.Objects.requireNonNull(stream);
    }

    private static WriteJob job(int bytes) {
        return new WriteJob(new byte[0], new byte[bytes], 0, bytes, false);
    }

    /** All that the state wants to send now, in messages of at most {@code room} bytes. */
    private static List<Frame> sent(YamuxState state, int room) throws ProtocolException {
        List<Frame> frames = new ArrayList<>();
        byte[] message = new byte[room];
        while (state.hasOutput()) {
            int count = state.stage(message, new ArrayList<>());
            if (count == 0) {
                break;
            }
            new FrameParser().feed(message, 0, count, collector(frames));
        }
        return frames;
    }

    private static FrameParser.Sink collector(List<Frame> frames) {
        return new FrameParser.Sink() {
            @Override
            public long header(Frame frame) {
                frames.add(frame);
                return frame instanceof Frame.Data data ? data.length() : 0;
            }

            @Override
            public void payload(byte[] bytes, int from, int count) {}

            @Override
            public void end() {}
        };
    }

    private static List<Frame> sent(YamuxState state) throws ProtocolException {
        return sent(state, 65_519);
    }

    @Test
    void clientOpensOddStreamsAndServerEvenOnes() {
        assertThat(client.open(0).id).isEqualTo(1);
        assertThat(client.open(0).id).isEqualTo(3);
        assertThat(server.open(0).id).isEqualTo(2);
        assertThat(server.open(0).id).isEqualTo(4);
    }

    @Test
    void firstFrameCarriesSyn() throws Exception {
        StreamState stream = client.open(0);
        assertThat(client.hasOutput()).isFalse();
        client.offer(stream, job(5));
        assertThat(sent(client)).containsExactly(data(1, SYN, 5));
        client.offer(stream, job(6));
        assertThat(sent(client)).containsExactly(data(1, 0, 6));
    }

    @Test
    void firstAnswerCarriesAck() throws Exception {
        StreamState stream = opened(server, 1);
        server.offer(stream, job(5));
        assertThat(sent(server)).containsExactly(data(1, ACK, 5));
    }

    @Test
    void finFollowsTheData() throws Exception {
        StreamState stream = client.open(0);
        client.offer(stream, job(WINDOW_BYTES + 1));
        client.endWrite(stream);
        List<Frame> before = sent(client);
        assertThat(before).noneMatch(frame -> frame instanceof Frame.WindowUpdate);
        client.onFrame(update(1, ACK, 10), 0);
        assertThat(sent(client)).containsExactly(data(1, 0, 1), update(1, FIN, 0));
    }

    @Test
    void endOfTheLastJobTravelsWithIt() throws Exception {
        StreamState stream = client.open(0);
        client.offer(stream, new WriteJob(new byte[2], new byte[5], 0, 5, true));
        byte[] message = new byte[client.outputBytes(1000)];
        assertThat(client.stage(message, new ArrayList<>())).isEqualTo(message.length);
        assertThat(client.hasOutput()).isFalse();
        List<Frame> frames = new ArrayList<>();
        new FrameParser().feed(message, 0, message.length, collector(frames));
        assertThat(frames).containsExactly(data(1, SYN, 7), update(1, FIN, 0));
        client.onRemoteEnd(stream);
        assertThat(client.openStreams()).isZero();
    }

    @Test
    void lastJobThatIsGivenUpHasNoEnd() throws Exception {
        StreamState stream = client.open(0);
        client.offer(stream, new WriteJob(new byte[0], new byte[WINDOW_BYTES + 1], 0, WINDOW_BYTES + 1, true));
        sent(client);
        client.withdraw(stream);
        assertThat(client.hasOutput()).isFalse();
        client.reset(stream, "given up");
        assertThat(sent(client)).containsExactly(update(1, RST, 0));
    }

    @Test
    void sendingStopsAtTheWindowAndGoesOnWhenItGrows() throws Exception {
        StreamState stream = client.open(0);
        WriteJob job = job(WINDOW_BYTES + 1000);
        client.offer(stream, job);
        long sum = sent(client).stream()
                .mapToLong(frame -> ((Frame.Data) frame).length())
                .sum();
        assertThat(sum).isEqualTo(WINDOW_BYTES);
        assertThat(client.hasOutput()).isFalse();
        client.onFrame(update(1, ACK, 600), 0);
        assertThat(sent(client)).containsExactly(data(1, 0, 600));
        client.onFrame(update(1, 0, 5000), 0);
        assertThat(sent(client)).containsExactly(data(1, 0, 400));
        assertThat(job.remaining()).isZero();
    }

    @Test
    void streamsTakeTurns() throws Exception {
        StreamState bulk = client.open(0);
        StreamState small = client.open(0);
        client.offer(bulk, job(200_000));
        client.offer(small, job(100));
        List<Frame> frames = sent(client);
        assertThat(frames.get(1)).isEqualTo(data(small.id, SYN, 100));
        assertThat(frames.get(0)).isEqualTo(data(bulk.id, SYN, 65_507));
    }

    @Test
    void answersAndGrantsGoBeforeData() throws Exception {
        StreamState stream = client.open(0);
        client.offer(stream, job(200_000));
        client.onFrame(new Frame.Ping(false, 77), 0);
        assertThat(sent(client).getFirst()).isEqualTo(new Frame.Ping(true, 77));
    }

    @Test
    void windowIsGrantedAgainWhenHalfOfItIsRead() throws Exception {
        StreamState stream = opened(server, 1);
        sent(server);
        server.onFrame(data(1, 0, WINDOW_BYTES), 0);
        assertThat(server.onPayload(stream, WINDOW_BYTES)).isTrue();
        server.onRead(stream, WINDOW_BYTES / 2 - 1, 100 * SECOND);
        assertThat(server.hasOutput()).isFalse();
        server.onRead(stream, 1, 100 * SECOND);
        assertThat(sent(server)).containsExactly(update(1, ACK, WINDOW_BYTES / 2));
        assertThat(stream.receiveWindow).isEqualTo(WINDOW_BYTES / 2);
    }

    @Test
    void windowOfAFastSenderDoublesUpToItsLimit() throws Exception {
        StreamState stream = opened(server, 1);
        int size = WINDOW_BYTES;
        while (size < LIMITS.windowBytesMax()) {
            server.onFrame(data(1, 0, size), 0);
            server.onPayload(stream, size);
            server.onRead(stream, size, 0);
            size *= 2;
            assertThat(stream.windowSize).isEqualTo(size);
            assertThat(stream.receiveWindow).isEqualTo(size);
        }
        server.onFrame(data(1, 0, size), 0);
        server.onPayload(stream, size);
        server.onRead(stream, size, 0);
        assertThat(stream.windowSize).isEqualTo(LIMITS.windowBytesMax());
        assertThat(budget.used()).isZero();
    }

    @Test
    void dataBeyondTheWindowBreaksTheSession() throws Exception {
        opened(server, 1);
        server.onFrame(data(1, 0, WINDOW_BYTES - 10), 0);
        assertThatThrownBy(() -> server.onFrame(data(1, 0, 11), 0))
                .isInstanceOf(ProtocolException.class)
                .hasMessage("yamux frame of 11 bytes exceeds the window of 10 on stream 1");
    }

    @Test
    void frameLargerThanAnyWindowBreaksTheSessionEvenOnAnUnknownStream() {
        assertThatThrownBy(() -> server.onFrame(data(7, 0, LIMITS.windowBytesMax() + 1), 0))
                .isInstanceOf(ProtocolException.class);
    }

    @Test
    void streamOfTheWrongParityBreaksTheSession() {
        assertThatThrownBy(() -> server.onFrame(update(2, SYN, 0), 0)).isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> server.onFrame(update(0, SYN, 0), 0)).isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> client.onFrame(update(1, SYN, 0), 0)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void streamOpenedTwiceBreaksTheSession() throws Exception {
        opened(server, 1);
        assertThatThrownBy(() -> server.onFrame(update(1, SYN, 0), 0))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("open already");
    }

    @Test
    void inboundStreamAboveTheLimitIsReset() throws Exception {
        for (int i = 0; i < LIMITS.streamsInboundMax(); i++) {
            opened(server, 2 * i + 1);
        }
        int next = 2 * LIMITS.streamsInboundMax() + 1;
        assertThat(server.onFrame(data(next, SYN, 9), 0).stream()).isNull();
        assertThat(sent(server)).containsExactly(update(next, RST, 0));
        assertThat(server.openInbound()).isEqualTo(LIMITS.streamsInboundMax());
    }

    @Test
    void noMoreStreamsThanTheRemoteAccepts() throws Exception {
        for (int i = 0; i < LIMITS.streamsUnackedMax(); i++) {
            assertThat(client.mayOpen()).isTrue();
            client.open(0);
        }
        assertThat(client.mayOpen()).isFalse();
        client.onFrame(update(1, ACK, 0), 0);
        assertThat(client.mayOpen()).isTrue();
    }

    @Test
    void goAwayEndsOpening() throws Exception {
        client.onFrame(new Frame.GoAway(0), 0);
        assertThat(client.mayOpen()).isFalse();
        assertThat(client.exhausted()).contains("go away");
        assertThatThrownBy(() -> client.onFrame(new Frame.GoAway(1), 0)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void streamIsForgottenWhenBothDirectionsHaveEnded() throws Exception {
        StreamState stream = opened(server, 1);
        server.endWrite(stream);
        assertThat(server.openStreams()).isEqualTo(1);
        server.onRemoteEnd(stream);
        assertThat(server.openStreams()).isZero();
        assertThat(sent(server)).containsExactly(update(1, ACK | FIN, 0));
        assertThat(server.onFrame(data(1, 0, 5), 0).stream()).isNull();
    }

    @Test
    void whatArrivedBeforeAResetStaysCounted() throws Exception {
        StreamState stream = opened(server, 1);
        server.onFrame(data(1, 0, 5), 0);
        server.onPayload(stream, 5);
        server.onFrame(update(1, RST, 0), 0);
        assertThat(stream.isReset()).isTrue();
        assertThat(budget.used()).isEqualTo(5);
        server.onRead(stream, 5, 0);
        assertThat(budget.used()).isZero();
    }

    @Test
    void resetBeforeTheFirstFrameIsNobodysBusiness() throws Exception {
        StreamState stream = client.open(0);
        client.reset(stream, "changed my mind");
        assertThat(client.hasOutput()).isFalse();
        assertThat(client.openStreams()).isZero();
    }

    @Test
    void closingWithUnreadBytesTellsTheRemoteToStop() throws Exception {
        StreamState stream = opened(server, 1);
        server.onFrame(data(1, 0, 5), 0);
        server.onPayload(stream, 5);
        server.close(stream, 0);
        assertThat(sent(server)).containsExactly(update(1, RST | FIN | ACK, 0));
        assertThat(budget.used()).isZero();
        assertThat(server.openStreams()).isZero();
    }

    @Test
    void dataAfterClosingIsAnsweredWithReset() throws Exception {
        StreamState stream = opened(server, 1);
        server.close(stream, 0);
        assertThat(sent(server)).containsExactly(update(1, FIN | ACK, 0));
        server.onFrame(data(1, 0, 5), 0);
        assertThat(server.onPayload(stream, 5)).isFalse();
        assertThat(sent(server)).containsExactly(update(1, RST, 0));
    }

    @Test
    void closedStreamThatTheRemoteNeverEndsIsResetLater() throws Exception {
        StreamState stream = opened(server, 1);
        server.close(stream, 0);
        sent(server);
        long linger = LIMITS.closeLingerTime().toNanos();
        server.sweep(linger - 1);
        assertThat(server.openStreams()).isEqualTo(1);
        server.sweep(linger);
        assertThat(server.openStreams()).isZero();
        assertThat(sent(server)).containsExactly(update(1, RST, 0));
    }

    @Test
    void remoteThatMakesUsAnswerWithoutReadingBreaksTheSession() {
        assertThatThrownBy(() -> {
                    for (int i = 0; i <= LIMITS.controlFramesMax(); i++) {
                        server.onFrame(new Frame.Ping(false, i), 0);
                    }
                })
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("answer more than it reads");
    }

    @Test
    void moreUnreadBytesThanTheHostKeepsResetTheirStream() throws Exception {
        YamuxState poor = new YamuxState(false, LIMITS, new MemoryBudget(100));
        StreamState first = opened(poor, 1);
        StreamState second = opened(poor, 3);
        poor.onFrame(data(1, 0, 60), 0);
        poor.onFrame(data(3, 0, 60), 0);
        assertThat(poor.onPayload(first, 60)).isTrue();
        assertThat(poor.onPayload(second, 60)).isFalse();
        assertThat(second.isReset()).isTrue();
        assertThat(first.isReset()).isFalse();
    }

    @Test
    void roundTripIsMeasuredByOurPings() throws Exception {
        client.ping(1000);
        Frame.Ping ping = (Frame.Ping) sent(client).getFirst();
        assertThat(ping.isAnswer()).isFalse();
        client.onFrame(new Frame.Ping(true, ping.value() + 1), 2000);
        assertThat(client.isPingOutstanding()).isTrue();
        client.onFrame(new Frame.Ping(true, ping.value()), 50_001_000);
        assertThat(client.isPingOutstanding()).isFalse();
        assertThat(client.roundTripNanos()).isEqualTo(50_000_000);
    }

    @Test
    void windowBeyond32BitsIsCapped() throws Exception {
        StreamState stream = client.open(0);
        client.onFrame(update(1, ACK, 0xffff_ffffL), 0);
        client.onFrame(update(1, 0, 0xffff_ffffL), 0);
        assertThat(stream.sendWindow).isEqualTo(0xffff_ffffL);
    }

    @Test
    void lostConnectionEndsEveryStream() throws Exception {
        StreamState one = opened(server, 1);
        StreamState two = server.open(0);
        assertThat(server.endAll("gone")).containsExactly(one, two);
        assertThat(one.resetReason).isEqualTo("gone");
        assertThat(server.openStreams()).isZero();
    }

    @Test
    void prefixGoesWithTheFirstData() throws Exception {
        StreamState stream = client.open(0);
        client.setPrefix(stream, new byte[20]);
        assertThat(client.hasOutput()).isFalse();
        client.offer(stream, job(5));
        assertThat(sent(client)).containsExactly(data(1, SYN, 25));
        client.offer(stream, job(5));
        assertThat(sent(client)).containsExactly(data(1, 0, 5));
    }

    @Test
    void prefixGoesAloneWhenItIsDueAndBeforeFin() throws Exception {
        StreamState waiting = client.open(0);
        client.setPrefix(waiting, new byte[20]);
        client.sendPrefix(waiting);
        client.sendPrefix(waiting);
        assertThat(sent(client)).containsExactly(data(1, SYN, 20));
        StreamState ended = client.open(0);
        client.setPrefix(ended, new byte[20]);
        client.endWrite(ended);
        assertThat(sent(client)).containsExactly(data(3, SYN, 20), update(3, FIN, 0));
    }

    @Test
    void streamClosedBeforeItsFirstUseIsNobodysBusiness() throws Exception {
        StreamState stream = client.open(0);
        client.setPrefix(stream, new byte[20]);
        client.close(stream, 0);
        assertThat(sent(client)).isEmpty();
        assertThat(client.openStreams()).isZero();
        assertThat(client.mayOpen()).isTrue();
    }

    @Test
    void withdrawnJobIsNotSent() throws Exception {
        StreamState stream = client.open(0);
        client.offer(stream, job(500_000));
        client.withdraw(stream);
        assertThat(sent(client)).isEmpty();
        client.offer(stream, job(3));
        assertThat(sent(client)).containsExactly(data(1, SYN, 3));
    }
}
