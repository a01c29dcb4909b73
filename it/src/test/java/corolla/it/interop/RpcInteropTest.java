package corolla.it.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import corolla.base.protobuf.ProtoReader;
import corolla.base.protobuf.ProtoWriter;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.PeerId;
import corolla.p2p.ProtocolNotSupportedException;
import corolla.p2p.rpc.RemoteException;
import corolla.p2p.rpc.RpcCall;
import corolla.p2p.rpc.RpcSink;
import corolla.p2p.rpc.RpcSource;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Our RPC and hivemind's, through its daemon p2pd. */
@Tag("interop")
@Timeout(120)
class RpcInteropTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String SERVICE = "EchoProtocol.rpc_";

    @BeforeAll
    static void requireStockPeers() {
        StockPeer.assumeInstalled();
    }

    /** An ExpertRequest, and an ExpertResponse too, with nothing but metadata. */
    private static byte[] message(int bytes) {
        byte[] metadata = new byte[bytes];
        Arrays.fill(metadata, (byte) 0xa5);
        return new ProtoWriter().bytes(3, metadata).toByteArray();
    }

    @Test
    void weCallStock() throws Exception {
        try (StockPeer stock = StockPeer.listen("stock_rpc.py", List.of("serve"));
                OurPeer us = OurPeer.start()) {
            PeerId peer = us.host().connect(stock.address(), us.within(SOON));
            assertThat(peer).isEqualTo(stock.id());
            unaryCalls(us, peer);
            streams(us, peer);
            failures(us, peer);
            cancellations(us, peer, stock);
        }
    }

    private static void unaryCalls(OurPeer us, PeerId peer) throws Exception {
        for (int bytes : new int[] {0, 1, 70_000, 4_000_000}) {
            byte[] request = message(bytes);
            byte[] expected = bytes == 0 ? new byte[0] : request; // proto3 leaves empty fields out
            assertThat(us.rpc().callUnary(peer, SERVICE + "echo", request, us.within(SOON)))
                    .isEqualTo(expected);
        }
    }

    private static void streams(OurPeer us, PeerId peer) throws Exception {
        try (RpcCall call = us.rpc().openStream(peer, SERVICE + "stream", us.within(SOON))) {
            for (int bytes : new int[] {1, 100, 70_000, 8_000_000}) {
                byte[] request = message(bytes);
                call.send(request, us.within(SOON));
                assertThat(call.receive(us.within(SOON))).isEqualTo(request);
            }
            call.endRequests(us.within(SOON));
            assertThat(call.receive(us.within(SOON))).isNull();
        }
    }

    private static void failures(OurPeer us, PeerId peer) throws Exception {
        assertThatThrownBy(() -> us.rpc().callUnary(peer, SERVICE + "fail", message(1), us.within(SOON)))
                .isInstanceOfSatisfying(
                        RemoteException.class, e -> assertThat(e.text()).isEqualTo("ValueError('boom')"));
        try (RpcCall call = us.rpc().openStream(peer, SERVICE + "stream_fail", us.within(SOON))) {
            call.send(message(1), us.within(SOON));
            assertThat(call.receive(us.within(SOON))).isEqualTo(message(1));
            assertThatThrownBy(() -> call.receive(us.within(SOON)))
                    .isInstanceOfSatisfying(
                            RemoteException.class, e -> assertThat(e.text()).isEqualTo("boom"));
        }
        assertThatThrownBy(() -> us.rpc().callUnary(peer, SERVICE + "nobody", message(1), us.within(SOON)))
                .isInstanceOf(ProtocolNotSupportedException.class);
    }

    private static void cancellations(OurPeer us, PeerId peer, StockPeer stock) throws Exception {
        assertThatThrownBy(
                        () -> us.rpc().callUnary(peer, SERVICE + "slow", message(1), us.within(Duration.ofSeconds(1))))
                .isInstanceOf(DeadlineException.class);
        assertThat(stock.json().toString()).isEqualTo("{\"event\":\"slow\",\"state\":\"started\"}");
        assertThat(stock.json().toString()).isEqualTo("{\"event\":\"slow\",\"state\":\"cancelled\"}");
        try (RpcCall call = us.rpc().openStream(peer, SERVICE + "stream_slow", us.within(SOON))) {
            call.send(message(1), us.within(SOON));
            assertThat(call.receive(us.within(SOON))).isEqualTo(message(1));
        }
        assertThat(stock.json().toString()).isEqualTo("{\"event\":\"stream_slow\",\"state\":\"started\"}");
        assertThat(stock.json().toString()).isEqualTo("{\"event\":\"stream_slow\",\"state\":\"cancelled\"}");
    }

    @Test
    void stockCallsUs() throws Exception {
        try (OurPeer us = OurPeer.start()) {
            serveEchoProtocol(us);
            try (StockPeer caller = StockPeer.launch(
                    "stock_rpc.py", List.of("call", us.address().toString(), "--timeout", "20"))) {
                JsonNode results = caller.json();
                assertThat(results.properties())
                        .hasSize(7)
                        .allSatisfy(
                                result -> assertThat(result.getValue().get("ok").asBoolean())
                                        .as(result.toString())
                                        .isTrue());
                assertThat(results.get("fail").get("failure").asText()).contains("ValueError('boom')");
                assertThat(results.get("stream_fail").get("failure").asText()).contains("boom");
            }
        }
    }

    private static void serveEchoProtocol(OurPeer us) {
        AtomicInteger slow = new AtomicInteger();
        AtomicInteger streamSlow = new AtomicInteger();
        us.rpc().handleUnary(SERVICE + "echo", (context, request) -> response(request));
        us.rpc().handleUnary(SERVICE + "fail", (context, request) -> {
            throw new IllegalArgumentException("boom");
        });
        us.rpc().handleUnary(SERVICE + "slow", (context, request) -> {
            waitForCancellation(us, slow);
            return request;
        });
        us.rpc()
                .handleUnary(
                        SERVICE + "was_cancelled",
                        (context, request) -> new ProtoWriter()
                                .bytes(
                                        3,
                                        ("{\"slow\": " + slow + ", \"stream_slow\": " + streamSlow + "}")
                                                .getBytes(UTF_8))
                                .toByteArray());
        us.rpc().handleStream(SERVICE + "stream", (context, requests, responses) -> {
            while (answerOne(us, requests, responses)) {
                // the next one
            }
        });
        us.rpc().handleStream(SERVICE + "stream_fail", (context, requests, responses) -> {
            answerOne(us, requests, responses);
            throw new IllegalArgumentException("boom");
        });
        us.rpc().handleStream(SERVICE + "stream_slow", (context, requests, responses) -> {
            answerOne(us, requests, responses);
            waitForCancellation(us, streamSlow);
        });
    }

    private static void waitForCancellation(OurPeer us, AtomicInteger count) throws InterruptedException {
        try {
            us.real().environment().clock().sleep(Duration.ofMinutes(1));
        } finally {
            count.incrementAndGet();
        }
    }

    private static boolean answerOne(OurPeer us, RpcSource requests, RpcSink responses)
            throws IOException, InterruptedException {
        Deadline deadline = us.within(SOON);
        byte[] request = requests.receive(deadline);
        if (request == null) {
            return false;
        }
        responses.send(response(request), deadline);
        return true;
    }

    /** Tensors and metadata have the same numbers in both messages; the request's uid goes. */
    private static byte[] response(byte[] request) throws IOException {
        ProtoWriter response = new ProtoWriter();
        ProtoReader reader = ProtoReader.of(request);
        while (reader.next() != 0) {
            if (reader.field() == 1) {
                reader.skip();
            } else {
                response.bytes(reader.field(), reader.bytes());
            }
        }
        return response.toByteArray();
    }
}
