package corolla.base.internal;

import corolla.base.compute.Team;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Platform threads that all run one body at a time. Thread-safe.
 *
 * <p>A caller only puts its body in the queue and parks. The member that ends a body last starts the next one, so that a busy
 * team goes from body to body without waiting for any caller. Members look for the next body for some microseconds, then park;
 * the one who starts a body wakes the first of those, and each wakes a few more.
 */
public final class CoreTeam implements Team, AutoCloseable {
    /** Callers that wait for their turn: far above the sessions of a server, so a full queue is an overload. */
    static final int JOBS_MAX = 4096;

    /** How many sleeping members one member wakes: on a large machine they wake as a tree, not one after the other. */
    private static final int WAKE_FAN = 4;

    private final Clock clock;
    private final TeamMember[] members;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<TeamJob> queue = new ArrayDeque<>(); // guarded by lock
    private @Nullable TeamJob running; // guarded by lock
    private boolean closed; // guarded by lock

    /** @param size members, at least 1; more than cores makes barriers slow */
    public CoreTeam(Clock clock, int size) {
        this.clock = clock;
        this.members = new TeamMember[size];
        boolean spin = size <= Runtime.getRuntime().availableProcessors() && size > 1;
        TeamBarrier barrier = new TeamBarrier(size, spin);
        for (int i = 0; i < size; i++) {
            members[i] = new TeamMember(this, i, size, barrier, spin);
        }
        for (TeamMember member : members) {
            member.start();
        }
    }

    @Override
    public int size() {
        return members.length;
    }

    @Override
    public void run(Body body, Deadline deadline) throws IOException, InterruptedException {
        if (Thread.currentThread() instanceof TeamMember) {
            throw new IllegalStateException("a body cannot hand another body to its own team");
        }
        TeamJob job = new TeamJob(body, members.length);
        enqueue(job, deadline);
        boolean interrupted = awaitEnd(job, deadline);
        job.rethrow();
        if (interrupted) {
            throw new InterruptedException();
        }
    }

    private void enqueue(TeamJob job, Deadline deadline) throws IOException {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the team is closed");
            }
            if (running == null) {
                start(job);
            } else if (queue.size() >= JOBS_MAX) {
                throw new IOException("compute queue is full: " + JOBS_MAX + " callers wait for their turn");
            } else if (deadline.isOver(clock)) {
                throw new DeadlineException("no time left to wait for the compute threads");
            } else {
                queue.add(job);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the end; a body that runs is waited for in any case, since it uses the caller's memory. */
    private boolean awaitEnd(TeamJob job, Deadline deadline) throws IOException, InterruptedException {
        boolean interrupted = false;
        boolean patient = false; // once the body runs, or before its turn could be withdrawn
        while (!job.awaitEnd(patient ? Deadline.never(clock) : deadline, clock)) {
            boolean now = Thread.interrupted();
            interrupted |= now;
            if (patient || (!now && !deadline.isOver(clock))) {
                continue;
            }
            if (withdraw(job)) {
                if (interrupted) {
                    throw new InterruptedException();
                }
                throw new DeadlineException("the compute threads were busy until the deadline");
            }
            patient = true;
        }
        return interrupted;
    }

    private boolean withdraw(TeamJob job) {
        lock.lock();
        try {
            return queue.remove(job);
        } finally {
            lock.unlock();
        }
    }

    private void start(TeamJob job) {
        running = job;
        for (TeamMember member : members) {
            member.offer(job);
        }
        wake(0, WAKE_FAN);
    }

    /** Called by each member as it begins a body: whoever sleeps further down the tree gets woken. */
    void wakeFollowers(int index) {
        wake(WAKE_FAN * (index + 1), WAKE_FAN);
    }

    private void wake(int from, int count) {
        for (int i = from; i < Math.min(from + count, members.length); i++) {
            members[i].wake();
        }
    }

    /** The last member has ended the body. */
    void ended(TeamJob job) {
        lock.lock();
        try {
            running = null;
            TeamJob next = queue.poll();
            if (next != null) {
                start(next);
            }
        } finally {
            lock.unlock();
        }
        job.end();
    }

    /** Lets the running body end, fails all that wait, and ends the threads. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            for (TeamJob job; (job = queue.poll()) != null; ) {
                job.fail(new IllegalStateException("the team was closed"));
                job.end();
            }
        } finally {
            lock.unlock();
        }
        for (TeamMember member : members) {
            member.close();
        }
    }
}
