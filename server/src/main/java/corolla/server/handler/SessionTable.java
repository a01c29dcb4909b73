package corolla.server.handler;

import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who serves inference streams, and the open sessions by the id that their client chose. Holds as many as the quota of
 * sessions lets in. Thread-safe.
 */
final class SessionTable {
    private final Gate gate;
    private final Map<String, InferenceSession> sessions = new HashMap<>(); // guarded by gate
    private final Set<Thread> threads = new LinkedHashSet<>(); // that serve a stream; guarded by gate
    private boolean closed; // guarded by gate

    SessionTable(Clock clock) {
        this.gate = new Gate(clock);
    }

    /** The calling thread begins to serve a stream. */
    void enter() throws RequestException {
        gate.lock();
        try {
            if (closed) {
                throw new RequestException("Server is shutting down");
            }
            threads.add(Thread.currentThread());
        } finally {
            gate.unlock();
        }
    }

    /** The calling thread serves its stream no more. */
    void leave() {
        gate.lock();
        try {
            threads.remove(Thread.currentThread());
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    void add(String id, InferenceSession session) throws RequestException {
        gate.lock();
        try {
            if (sessions.putIfAbsent(id, session) != null) {
                throw new RequestException("session " + id + " is already open");
            }
        } finally {
            gate.unlock();
        }
    }

    Optional<InferenceSession> find(String id) {
        gate.lock();
        try {
            return Optional.ofNullable(sessions.get(id));
        } finally {
            gate.unlock();
        }
    }

    void remove(String id, InferenceSession session) {
        gate.lock();
        try {
            sessions.remove(id, session);
        } finally {
            gate.unlock();
        }
    }

    boolean isClosed() {
        gate.lock();
        try {
            return closed;
        } finally {
            gate.unlock();
        }
    }

    /** Interrupts all that serve, admits no more, and waits for them to end. Returns whether all have. */
    boolean close(Deadline deadline) throws InterruptedException {
        gate.lock();
        try {
            closed = true;
            threads.forEach(Thread::interrupt);
            while (!threads.isEmpty() && gate.await(deadline)) {
                // somebody has left: look again
            }
            return threads.isEmpty();
        } finally {
            gate.unlock();
        }
    }
}
