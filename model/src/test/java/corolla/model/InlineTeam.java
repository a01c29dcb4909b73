package corolla.model;

import corolla.base.compute.Member;
import corolla.base.compute.Team;
import corolla.base.time.Deadline;

/** A team of one, on the caller's thread. */
public final class InlineTeam implements Team {
    /** Has no state. */
    public InlineTeam() {}

    /** A deadline that an inline team never looks at. */
    public static final Deadline NO_DEADLINE = new Deadline(0);

    @Override
    public int size() {
        return 1;
    }

    @Override
    public void run(Body body, Deadline deadline) {
        body.run(Member.alone());
    }
}
