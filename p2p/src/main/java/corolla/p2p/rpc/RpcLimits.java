package corolla.p2p.rpc;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;

/**
 * Every limit of the RPC layer. Immutable; start from {@link #defaults()}.
 *
 * @param unaryBytesMax one unary message with its envelope, both ways; p2pd refuses more than 4 MiB
 * @param frameBytesMax one message of a streaming call: Petals sends a long prefill as a single one of 56 MiB and more
 * @param arrivingBytesMax memory of all messages that are still arriving; above it their calls fail
 * @param errorTextMax characters of an error text that are sent or kept: it goes to logs
 * @param callsServedMax calls served at once: each has a thread and its request in memory
 * @param callsServedPerPeerMax the same for one caller, so that one of them cannot take all
 * @param requestTime how long a unary request may take to arrive: it is at most 4 MiB
 * @param responseTime how long sending a unary response or an error may wait for a caller that does not read
 * @param drainTime how long a streaming callee reads on for the caller's end frame before it ends, see docs/wire/rpc.md
 * @param drainBytesMax how much it reads and drops meanwhile
 */
@RecordBuilder
public record RpcLimits(
        int unaryBytesMax,
        int frameBytesMax,
        long arrivingBytesMax,
        int errorTextMax,
        int callsServedMax,
        int callsServedPerPeerMax,
        Duration requestTime,
        Duration responseTime,
        Duration drainTime,
        long drainBytesMax)
        implements RpcLimitsBuilder.With {

    public RpcLimits {
        if (callsServedPerPeerMax < 1 || callsServedMax < callsServedPerPeerMax) {
            throw new IllegalArgumentException("callsServedPerPeerMax " + callsServedPerPeerMax
                    + " must be within 1 to callsServedMax " + callsServedMax);
        }
        if (unaryBytesMax < 1024 || frameBytesMax < 1024 || errorTextMax < 16) {
            throw new IllegalArgumentException("unaryBytesMax " + unaryBytesMax + " and frameBytesMax " + frameBytesMax
                    + " must be at least 1024, errorTextMax " + errorTextMax + " at least 16");
        }
    }

    public static RpcLimits defaults() {
        return RpcLimitsBuilder.builder()
                .unaryBytesMax(4 << 20)
                .frameBytesMax(512 << 20)
                .arrivingBytesMax(1L << 30)
                .errorTextMax(4096)
                .callsServedMax(1024)
                .callsServedPerPeerMax(256)
                .requestTime(Duration.ofSeconds(30))
                .responseTime(Duration.ofSeconds(30))
                .drainTime(Duration.ofSeconds(1))
                .drainBytesMax(64L << 20)
                .build();
    }
}
