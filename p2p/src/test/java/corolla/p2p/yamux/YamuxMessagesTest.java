package corolla.p2p.yamux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.p2p.testing.GoldenJson;
import corolla.p2p.yamux.YamuxMessages.Frame;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class YamuxMessagesTest {

    private static Frame again(Frame frame) throws ProtocolException {
        byte[] bytes = new byte[14];
        assertThat(YamuxMessages.encode(frame, bytes, 1)).isEqualTo(13);
        return YamuxMessages.decode(bytes, 1);
    }

    @Property(tries = 200)
    void decodeAfterEncodeIsTheSame(
            @ForAll int stream,
            @ForAll @IntRange(max = 15) int flags,
            @ForAll @LongRange(max = 0xffff_ffffL) long length)
            throws ProtocolException {
        for (Frame frame : List.of(
                new Frame.Data(stream, flags, length),
                new Frame.WindowUpdate(stream, flags, length),
                new Frame.Ping((flags & 1) == 0, (int) length),
                new Frame.GoAway(length))) {
            assertThat(again(frame)).isEqualTo(frame);
        }
    }

    @Test
    void headerIsAsTheSpecificationDrawsIt() {
        byte[] bytes = new byte[12];
        YamuxMessages.encode(new Frame.Data(0x01020304, 0x0005, 0x0a0b0c0dL), bytes, 0);
        assertThat(HexFormat.of().formatHex(bytes)).isEqualTo("00000005" + "01020304" + "0a0b0c0d");
    }

    @Test
    void otherVersionsAndTypesAreRefused() {
        byte[] version = new byte[12];
        version[0] = 1;
        assertThatThrownBy(() -> YamuxMessages.decode(version, 0)).hasMessage("yamux version 1, expected 0");
        byte[] type = new byte[12];
        type[1] = 4;
        assertThatThrownBy(() -> YamuxMessages.decode(type, 0)).hasMessage("yamux frame of type 4, expected 0 to 3");
    }

    @Test
    void recordedSessionIsTakenApartInAnyPieces() throws ProtocolException {
        for (String side : new String[] {"we_sent", "p2pd_sent"}) {
            byte[] plain = GoldenJson.load("wire/noise_initiator_transcript.json")
                    .at(side)
                    .hex("yamux_plaintext_hex");
            List<Frame> whole = frames(plain, plain.length, 1);
            assertThat(whole).hasSizeGreaterThan(10).anyMatch(frame -> frame instanceof Frame.Ping);
            for (int seed = 0; seed < 20; seed++) {
                assertThat(frames(plain, 40, seed)).isEqualTo(whole);
            }
        }
    }

    private static List<Frame> frames(byte[] plain, int pieceMax, int seed) throws ProtocolException {
        List<Frame> frames = new ArrayList<>();
        long[] payload = new long[1];
        FrameParser parser = new FrameParser();
        FrameParser.Sink sink = new FrameParser.Sink() {
            @Override
            public long header(Frame frame) {
                assertThat(payload[0]).isZero();
                frames.add(frame);
                payload[0] = frame instanceof Frame.Data data ? data.length() : 0;
                return payload[0];
            }

            @Override
            public void payload(byte[] bytes, int from, int count) {
                payload[0] -= count;
            }

            @Override
            public void end() {
                assertThat(payload[0]).isZero();
            }
        };
        SplittableRandom random = new SplittableRandom(seed);
        for (int at = 0; at < plain.length; ) {
            int count = Math.min(plain.length - at, 1 + random.nextInt(pieceMax));
            parser.feed(plain, at, count, sink);
            at += count;
        }
        assertThat(payload[0]).isZero();
        return frames;
    }
}
