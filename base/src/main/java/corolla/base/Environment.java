package corolla.base;

import corolla.base.compute.Team;
import corolla.base.random.Randoms;
import corolla.base.task.Sharing;
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

    /** Virtual threads for computing beside the team, on all cores but one, which is left to the rest of the process. */
    public Sharing sharing() {
        return Sharing.among(tasks, clock, Runtime.getRuntime().availableProcessors() - 1);
    }

    /** The same with another way to the network. */
    public Environment withTransport(ByteTransport other) {
        return new Environment(clock, randoms, tasks, other, team);
    }
}
