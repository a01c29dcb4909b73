package corolla.base.compute;

import corolla.base.time.Deadline;

/** A team of one member, which is the caller's own thread: for simulation and for tests of kernels. Thread-safe. */
public final class InlineTeam implements Team {
    private static final Member ALONE = new Member() {
        @Override
        public int index() {
            return 0;
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public void barrier() {
            // alone: everybody is here already
        }
    };

    /** A team without a thread of its own. */
    public InlineTeam() {}

    @Override
    public int size() {
        return 1;
    }

    @Override
    public void run(Body body, Deadline deadline) {
        body.run(ALONE);
    }
}
