package corolla.it.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Our host and js-libp2p's, both ways: TCP, Noise, yamux with flow control, identify, ping. */
@Tag("interop")
@Timeout(180)
class JsLibp2pTest {
    private static final String ECHO = "/corolla/echo/1";
    private static final String PING = "/ipfs/ping/1.0.0";
    private static final Duration TIME = Duration.ofSeconds(60);

    @BeforeAll
    static void jsIsInstalled() {
        StockPeer.assumeJsInstalled();
    }

    private static void echo(Stream stream, Deadline deadline) throws IOException, InterruptedException {
        byte[] bytes = new byte[50_000];
        for (int count; (count = stream.read(bytes, 0, bytes.length, deadline)) >= 0; ) {
            stream.write(bytes, 0, count, deadline);
        }
    }

    @Test
    void jsDialsUs() throws Exception {
        try (OurPeer ours = OurPeer.start()) {
            ours.host().handle(ECHO, stream -> echo(stream, ours.within(TIME)));
            try (StockPeer js = StockPeer.js("dial", ours.address().toString())) {
                JsonNode result = js.json();
                assertThat(result.path("error").asText()).isEmpty();
                assertThat(result.get("peer").asText())
                        .isEqualTo(ours.host().peerId().toBase58());
                assertThat(result.get("encryption").asText()).isEqualTo("/noise");
                assertThat(result.get("multiplexer").asText()).isEqualTo("/yamux/1.0.0");
                assertThat(result.get("protocols").toString()).contains(ECHO, PING, "/ipfs/id/1.0.0");
                assertThat(result.get("addresses").toString())
                        .contains(ours.address().withoutPeer().orElseThrow().toString());
                assertThat(result.get("ping_ms").asDouble()).isBetween(0.0, 10_000.0);
                assertThat(result.get("echo").get("bytes").asInt()).isEqualTo(1 << 20);
                assertThat(result.get("echo").get("equal").asBoolean()).isTrue();
            }
        }
    }

    @Test
    void weDialJs() throws Exception {
        try (OurPeer ours = OurPeer.start();
                StockPeer js = StockPeer.js()) {
            Deadline deadline = ours.within(TIME);
            PeerId peer = ours.host().connect(js.address(), deadline);
            assertThat(peer).isEqualTo(js.id());
            while (!ours.host().protocolsOf(peer).contains(ECHO)) {
                assertThat(deadline.isOver(ours.real().environment().clock()))
                        .as("identify")
                        .isFalse();
                ours.real().environment().clock().sleep(Duration.ofMillis(20));
            }
            assertThat(ours.host().addressBook().addresses(peer))
                    .contains(js.address().withoutPeer().orElseThrow());
            ping(ours, peer, deadline);
            byte[] sent = new byte[1 << 20];
            new Random(7).nextBytes(sent);
            assertThat(Arrays.equals(sent, throughEcho(ours, peer, sent, deadline)))
                    .isTrue();
        }
    }

    private static void ping(OurPeer ours, PeerId peer, Deadline deadline) throws Exception {
        byte[] block = new byte[32];
        new Random(8).nextBytes(block);
        byte[] answer = new byte[32];
        try (Stream stream = ours.host().open(peer, PING, deadline)) {
            stream.write(block, 0, block.length, deadline);
            for (int count = 0; count < answer.length; ) {
                count += stream.read(answer, count, answer.length - count, deadline);
            }
        }
        assertThat(answer).isEqualTo(block);
    }

    /** Writes all while another thread reads: more is on its way than any window holds. */
    private static byte[] throughEcho(OurPeer ours, PeerId peer, byte[] sent, Deadline deadline) throws Exception {
        byte[] received = new byte[sent.length];
        try (Stream stream = ours.host().open(peer, ECHO, deadline);
                var scope = ours.real().environment().tasks().open("echo")) {
            var writing = scope.run("write", () -> {
                stream.write(sent, 0, sent.length, deadline);
                stream.closeWrite();
            });
            int count = 0;
            for (int more; count < received.length; count += more) {
                more = stream.read(received, count, received.length - count, deadline);
                assertThat(more).as("read after " + count).isPositive();
            }
            assertThat(stream.read(new byte[1], 0, 1, deadline)).as("the end").isEqualTo(-1);
            writing.await(deadline);
        }
        return received;
    }
}
