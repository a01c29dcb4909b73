package corolla.p2p.rpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import corolla.p2p.PeerId;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The calls that we serve at this moment, within the limits of all callers and of each. Thread-safe. */
final class ServedCalls {
    private final RpcLimits limits;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Set<ServedCall> calls = new LinkedHashSet<>();

    @GuardedBy("lock")
    private final Map<PeerId, Integer> callsOfPeer = new HashMap<>();

    @GuardedBy("lock")
    private boolean closed;

    ServedCalls(RpcLimits limits) {
        this.limits = limits;
    }

    /**
     * Lets a call in, or says why not.
     *
     * @throws IllegalStateException with the reason, meant for the caller
     */
    void enter(ServedCall call) {
        synchronized (lock) {
            int ofPeer = callsOfPeer.getOrDefault(call.peer(), 0);
            if (closed) {
                throw new IllegalStateException("this node is closing");
            }
            if (calls.size() >= limits.callsServedMax()) {
                throw new IllegalStateException(
                        "this node is busy: it serves callsServedMax " + limits.callsServedMax() + " calls at once");
            }
            if (ofPeer >= limits.callsServedPerPeerMax()) {
                throw new IllegalStateException("too many calls at once from this peer: callsServedPerPeerMax is "
                        + limits.callsServedPerPeerMax());
            }
            callsOfPeer.put(call.peer(), ofPeer + 1);
            calls.add(call);
        }
    }

    void leave(ServedCall call) {
        synchronized (lock) {
            if (calls.remove(call)) {
                callsOfPeer.computeIfPresent(call.peer(), (peer, count) -> count == 1 ? null : count - 1);
            }
        }
    }

    int count() {
        synchronized (lock) {
            return calls.size();
        }
    }

    /** Lets nobody in any more and ends all that are inside. */
    void close() {
        for (ServedCall call : closedCalls()) {
            call.cancel();
            call.stream().reset();
        }
    }

    private List<ServedCall> closedCalls() {
        synchronized (lock) {
            closed = true;
            return List.copyOf(calls);
        }
    }
}
