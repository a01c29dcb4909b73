package corolla.server.cache;

import corolla.p2p.PeerId;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Who holds how much cache, and who is next. Pure: no clock, no waiting; confined to whoever locks it.
 *
 * <p>Requests that may wait are served in the order they came: a large one in front holds back small ones behind it, so it
 * cannot starve. A request that may not wait is refused when it does not fit beside all that are waiting.
 */
final class CacheLedger {
    private final long bytesMax;
    private final long bytesPerPeerMax;
    private final int waitingMax;
    private final Map<PeerId, Long> held = new HashMap<>(); // peers with a lease only
    private final ArrayDeque<Request> waiting = new ArrayDeque<>();
    private long bytesHeld;
    private long bytesWaiting;

    /** One request for room. Equal only to itself. */
    static final class Request {
        final PeerId peer;
        final long bytes;

        Request(PeerId peer, long bytes) {
            this.peer = peer;
            this.bytes = bytes;
        }
    }

    /** What becomes of a request. */
    enum Decision {
        GRANTED,
        /** Try again when something was released, or when the requests in front are gone. */
        WAIT,
        /** Larger than the whole cache. */
        NEVER,
        /** Does not fit now, and may not wait. */
        FULL,
        /** The peer would hold more than its share. */
        PEER_SHARE,
        /** Too many wait already. */
        TOO_MANY_WAIT
    }

    CacheLedger(long bytesMax, long bytesPerPeerMax, int waitingMax) {
        this.bytesMax = bytesMax;
        this.bytesPerPeerMax = bytesPerPeerMax;
        this.waitingMax = waitingMax;
    }

    long bytesFree() {
        return bytesMax - bytesHeld;
    }

    long bytesMax() {
        return bytesMax;
    }

    long bytesPerPeerMax() {
        return bytesPerPeerMax;
    }

    /** A new request. {@link Decision#WAIT} enters it into the queue, where {@link #retry} or {@link #giveUp} ends it. */
    Decision request(Request request, boolean mayWait) {
        if (request.bytes > bytesMax) {
            return Decision.NEVER;
        }
        if (request.bytes > bytesPerPeerMax) {
            return Decision.PEER_SHARE;
        }
        return mayWait ? requestOrWait(request) : requestNow(request);
    }

    private Decision requestNow(Request request) {
        if (bytesHeld + bytesWaiting + request.bytes > bytesMax) {
            return Decision.FULL;
        }
        return isWithinShare(request) ? grant(request) : Decision.PEER_SHARE;
    }

    private Decision requestOrWait(Request request) {
        if (waiting.isEmpty() && isWithinShare(request) && fits(request)) {
            return grant(request);
        }
        if (waiting.size() >= waitingMax) {
            return Decision.TOO_MANY_WAIT;
        }
        waiting.add(request);
        bytesWaiting += request.bytes;
        return Decision.WAIT;
    }

    /** Whether a waiting request's turn has come. */
    Decision retry(Request request) {
        if (!isNext(request) || !fits(request)) {
            return Decision.WAIT;
        }
        leaveQueue(request);
        return grant(request);
    }

    /** The first in the queue whose peer is within its share: one that is not holds back only its own requests. */
    private boolean isNext(Request request) {
        for (Request each : waiting) {
            if (isWithinShare(each)) {
                return each == request;
            }
        }
        return false;
    }

    private boolean fits(Request request) {
        return bytesHeld + request.bytes <= bytesMax;
    }

    private boolean isWithinShare(Request request) {
        return held.getOrDefault(request.peer, 0L) + request.bytes <= bytesPerPeerMax;
    }

    /** A waiting request waits no more. */
    void giveUp(Request request) {
        leaveQueue(request);
    }

    void release(Request request) {
        bytesHeld -= request.bytes;
        held.compute(request.peer, (peer, bytes) -> {
            long left = (bytes == null ? 0 : bytes) - request.bytes;
            return left == 0 ? null : left;
        });
    }

    private Decision grant(Request request) {
        bytesHeld += request.bytes;
        if (request.bytes > 0) {
            held.merge(request.peer, request.bytes, Long::sum);
        }
        return Decision.GRANTED;
    }

    private void leaveQueue(Request request) {
        if (waiting.remove(request)) {
            bytesWaiting -= request.bytes;
        }
    }
}
