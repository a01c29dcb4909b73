package corolla.server.cache;

import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** The bytes that all requests of one kind may take together: those of sessions for keys and values. Thread-safe. */
public final class CacheBudget {
    private final String what;
    private final Clock clock;
    private final Gate gate;

    private final CacheLedger ledger; // guarded by gate

    /**
     * @param what is kept there, for refusals: {@code attention cache}
     * @param bytesMax for all sessions
     * @param bytesPerPeerMax for all sessions of one peer
     * @param waitingMax requests that may wait at once
     */
    public CacheBudget(String what, Clock clock, long bytesMax, long bytesPerPeerMax, int waitingMax) {
        this.what = what;
        this.clock = clock;
        this.gate = new Gate(clock);
        this.ledger = new CacheLedger(bytesMax, bytesPerPeerMax, waitingMax);
    }

    public long bytesFree() {
        gate.lock();
        try {
            return ledger.bytesFree();
        } finally {
            gate.unlock();
        }
    }

    public long bytesMax() {
        return ledger.bytesMax();
    }

    /**
     * Waits for room.
     *
     * @param timeout zero decides at once
     * @throws CacheRefusedException when there is none in time
     */
    public CacheLease lease(PeerId peer, long bytes, Duration timeout)
            throws CacheRefusedException, InterruptedException {
        var request = new CacheLedger.Request(peer, bytes);
        Deadline deadline = Deadline.after(clock, timeout);
        gate.lock();
        try {
            CacheLedger.Decision decision = ledger.request(request, timeout.isPositive());
            if (decision == CacheLedger.Decision.WAIT) {
                decision = await(request, deadline);
            }
            if (decision != CacheLedger.Decision.GRANTED) {
                throw new CacheRefusedException(refusal(decision, bytes, timeout));
            }
            return new Lease(request);
        } finally {
            gate.unlock();
        }
    }

    private CacheLedger.Decision await(CacheLedger.Request request, Deadline deadline) throws InterruptedException {
        boolean done = false;
        try {
            CacheLedger.Decision decision = ledger.retry(request);
            while (decision == CacheLedger.Decision.WAIT && gate.await(deadline)) {
                decision = ledger.retry(request);
            }
            done = decision != CacheLedger.Decision.WAIT;
            return decision;
        } finally {
            if (!done) {
                ledger.giveUp(request);
            }
            gate.signalAll(); // whoever stands behind may be next
        }
    }

    private String refusal(CacheLedger.Decision decision, long bytes, Duration timeout) {
        String facts = ledger.bytesFree() + " of " + ledger.bytesMax() + " bytes are free";
        return switch (decision) {
            case NEVER -> "Could not allocate " + bytes + " bytes: server's " + what + " has only " + ledger.bytesMax();
            case FULL -> "Could not allocate " + bytes + " bytes immediately: out of memory, " + facts;
            case PEER_SHARE ->
                "Could not allocate " + bytes + " bytes: one peer may hold " + ledger.bytesPerPeerMax()
                        + "; close other sessions";
            case TOO_MANY_WAIT -> "Server's " + what + " is full, and too many requests wait for it: " + facts;
            case WAIT ->
                "Could not allocate " + bytes + " bytes within " + timeout.toMillis() / 1000.0 + " seconds: " + facts;
            case GRANTED -> throw new IllegalStateException("granted");
        };
    }

    private final class Lease implements CacheLease {
        private final CacheLedger.Request request;
        private final AtomicBoolean closed = new AtomicBoolean();

        Lease(CacheLedger.Request request) {
            this.request = request;
        }

        @Override
        public long bytes() {
            return request.bytes;
        }

        @Override
        public void close() {
            if (closed.getAndSet(true)) {
                return;
            }
            gate.lock();
            try {
                ledger.release(request);
                gate.signalAll();
            } finally {
                gate.unlock();
            }
        }
    }
}
