package corolla.base.compute;

import corolla.base.time.Deadline;

/** A team of one member, which is the caller's own thread: for simulation and for tests of kernels. Thread-safe. */
public final class InlineTeam implements Team {
    /** A deadline that an inline team never looks at. */
    public static final Deadline NO_DEADLINE = new Deadline(0);

    /** A team without a thread of its own. */
    public InlineTeam() {}

    @Override
    public int size() {
        return 1;
    }

    @Override
    public void run(Body body, Deadline deadline) {
        body.run(Member.alone());
    }
}
