package corolla.server;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;

/**
 * Every limit of a server that its operator does not usually choose. Immutable; start from {@link #defaults()}.
 *
 * @param sessionsMax open inference sessions: each has a thread, a buffer and a cache
 * @param sessionsPerPeerMax the same for one peer, so that one cannot take all
 * @param sessionBatchMax sequences of one session: each costs some objects a block, beside its cache
 * @param callsPerPeerMax forward calls of one peer at once: a stock client sends up to 1024 sequences in as many calls
 * @param callsMax forward calls at once: each holds its activations
 * @param cachePerPeerPercent share of the cache that one peer may hold
 * @param cacheWaitingMax sessions that may wait for cache at once
 * @param stepsWaitingMax steps that may wait for the compute threads
 * @param stepTokensMax rows (batch · tokens) of one inference message
 * @param turnRowsMax rows that compute before others get a turn: a decode step waits at most this long
 * @param requestBytesMax packed bytes of the tensors of all streamed calls that arrive or compute
 * @param promptBytesMax unpacked bytes of the deep prompts of one request
 * @param backwardBytesMax what all forward and backward calls may hold at once: hidden states, and for gradients the input of every block
 * @param stepIdsMax finished step ids that a session remembers; a copy of a step comes right after it
 * @param requestTimeout a whole forward call
 * @param stepTimeout silence between two steps of a session, also before the first
 * @param sessionTimeout a whole session, even an active one
 * @param allocTimeoutMax how long a session may wait for cache, whatever its client asks
 * @param announceTimeout one round of announcements
 * @param pingTimeout one ping of a server that may follow
 * @param pingsMax servers pinged in one round, each of those in the middle and at the end
 */
@RecordBuilder
public record ServerLimits(
        int sessionsMax,
        int sessionsPerPeerMax,
        int sessionBatchMax,
        int callsPerPeerMax,
        int callsMax,
        int cachePerPeerPercent,
        int cacheWaitingMax,
        int stepsWaitingMax,
        int stepTokensMax,
        int turnRowsMax,
        int requestBytesMax,
        long promptBytesMax,
        long backwardBytesMax,
        int stepIdsMax,
        Duration requestTimeout,
        Duration stepTimeout,
        Duration sessionTimeout,
        Duration allocTimeoutMax,
        Duration announceTimeout,
        Duration pingTimeout,
        int pingsMax)
        implements ServerLimitsBuilder.With {

    public static ServerLimits defaults() {
        return ServerLimitsBuilder.builder()
                .sessionsMax(1024)
                .sessionsPerPeerMax(256)
                .sessionBatchMax(1024)
                .callsPerPeerMax(64)
                .callsMax(256)
                .cachePerPeerPercent(100)
                .cacheWaitingMax(256)
                .stepsWaitingMax(2048)
                .stepTokensMax(1 << 16)
                .turnRowsMax(256)
                .requestBytesMax(1 << 30)
                .promptBytesMax(1L << 30)
                .backwardBytesMax(4L << 30)
                .stepIdsMax(4096)
                .requestTimeout(Duration.ofMinutes(3))
                .stepTimeout(Duration.ofMinutes(5))
                .sessionTimeout(Duration.ofMinutes(30))
                .allocTimeoutMax(Duration.ofMinutes(10))
                .announceTimeout(Duration.ofMinutes(1))
                .pingTimeout(Duration.ofSeconds(5))
                .pingsMax(5)
                .build();
    }
}
