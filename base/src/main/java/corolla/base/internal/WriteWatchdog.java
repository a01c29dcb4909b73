package corolla.base.internal;

import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.net.Socket;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Sockets have no timeout for writing: a peer that never reads would hold its writer for ever. One thread watches all writes and
 * closes the socket of one that is late. It wakes for the earliest deadline it knows of, so a write that is on time costs two
 * short locks. Thread-safe.
 */
final class WriteWatchdog {
    private final Clock clock;
    private final Gate gate;
    private final Set<Watch> watches = new LinkedHashSet<>(); // guarded by gate
    private Deadline wakeUp; // guarded by gate

    WriteWatchdog(Clock clock) {
        this.clock = clock;
        this.gate = new Gate(clock);
        this.wakeUp = Deadline.never(clock);
    }

    /** One write; compared by identity. */
    static final class Watch {
        private final Socket socket;
        private final Deadline deadline;
        private volatile boolean over;

        private Watch(Socket socket, Deadline deadline) {
            this.socket = socket;
            this.deadline = deadline;
        }

        /** Whether the watchdog has closed the socket. */
        boolean isOver() {
            return over;
        }
    }

    Watch begin(Socket socket, Deadline deadline) {
        Watch watch = new Watch(socket, deadline);
        gate.lock();
        try {
            watches.add(watch);
            if (deadline.nanoTime() - wakeUp.nanoTime() < 0) {
                gate.signalAll();
            }
        } finally {
            gate.unlock();
        }
        return watch;
    }

    void end(Watch watch) {
        gate.lock();
        try {
            watches.remove(watch);
        } finally {
            gate.unlock();
        }
    }

    /** The body of the watching thread; interruption ends it. */
    void watch() throws InterruptedException {
        while (true) {
            for (Watch late : awaitLate()) {
                late.over = true;
                Sockets.closeQuietly(late.socket);
            }
        }
    }

    private List<Watch> awaitLate() throws InterruptedException {
        gate.lock();
        try {
            List<Watch> late = takeLate();
            if (late.isEmpty()) {
                gate.await(wakeUp);
            }
            return late;
        } finally {
            gate.unlock();
        }
    }

    private List<Watch> takeLate() {
        List<Watch> late = new ArrayList<>();
        wakeUp = Deadline.never(clock);
        for (Watch watch : watches) {
            if (watch.deadline.isOver(clock)) {
                late.add(watch);
            } else {
                wakeUp = wakeUp.earlier(watch.deadline);
            }
        }
        late.forEach(watches::remove);
        return late;
    }
}
