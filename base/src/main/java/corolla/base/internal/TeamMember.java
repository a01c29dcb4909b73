package corolla.base.internal;

import corolla.base.compute.Member;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One compute thread. {@link #offer}, {@link #wake} and {@link #close} from any thread. */
final class TeamMember extends Thread implements Member {
    /** How long a member without a body looks for one before it parks: about the time between two steps of one session. */
    private static final long SPIN_NANOS = 20_000;

    private final CoreTeam team;
    private final int index;
    private final int size;
    private final TeamBarrier barrier;
    private final boolean spin;
    private volatile @Nullable TeamJob offered;
    private volatile boolean parked;
    private volatile boolean closed;

    TeamMember(CoreTeam team, int index, int size, TeamBarrier barrier, boolean spin) {
        super("compute " + index);
        setDaemon(true);
        this.team = team;
        this.index = index;
        this.size = size;
        this.barrier = barrier;
        this.spin = spin;
    }

    /** A body to run next; the one before has ended on all members. */
    void offer(TeamJob job) {
        offered = job;
    }

    void wake() {
        if (parked) {
            LockSupport.unpark(this);
        }
    }

    void close() {
        closed = true;
        LockSupport.unpark(this);
    }

    @Override
    public void run() {
        for (TeamJob job = next(); job != null; job = next()) {
            team.wakeFollowers(index);
            barrier.enter(job);
            try {
                job.body().run(this);
            } catch (Throwable e) { // the outermost frame of a body: the caller gets it
                job.fail(e);
            }
            offered = null;
            boolean last = job.leave();
            barrier.leave();
            if (last) {
                barrier.reset();
                team.ended(job);
            }
        }
    }

    private @Nullable TeamJob next() {
        TeamJob job = offered;
        for (long end = spin ? System.nanoTime() + SPIN_NANOS : 0; job == null && spin; job = offered) {
            Thread.onSpinWait();
            if (System.nanoTime() - end > 0) {
                break;
            }
        }
        while (job == null && !closed) {
            parked = true;
            if (offered == null && !closed) {
                LockSupport.park(team);
            }
            parked = false;
            job = offered;
        }
        return job;
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public void barrier() {
        barrier.await(this);
    }
}
