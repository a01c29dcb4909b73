package corolla.model.block;

import corolla.base.compute.Member;
import corolla.base.compute.Team;

/** A forward that is ready to run: its scratch is leased until it is closed. Run it once, on all members of a team. */
public final class ForwardCall implements Team.Body, AutoCloseable {

    ForwardCall() {}

    @Override
    public void run(Member me) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
