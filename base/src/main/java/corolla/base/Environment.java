package corolla.base;

import corolla.base.compute.Team;
import corolla.base.random.Randoms;
import corolla.base.task.TaskScopes;
import corolla.base.time.Clock;
import corolla.base.transport.ByteTransport;

/**
 * The five doors of one node to the outside. Immutable; passed down by constructors, never looked up.
 *
 * @param clock monotonic and wall-clock time, and sleeping
 * @param randoms random streams by name, and secrets
 * @param tasks where threads come from
 * @param transport where byte streams come from
 * @param team the process's compute threads
 */
public record Environment(Clock clock, Randoms randoms, TaskScopes tasks, ByteTransport transport, Team team) {

    /** The same with another way to the network. */
    public Environment withTransport(ByteTransport other) {
        return new Environment(clock, randoms, tasks, other, team);
    }
}
