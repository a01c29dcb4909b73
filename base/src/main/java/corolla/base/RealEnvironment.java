package corolla.base;

import corolla.base.internal.CoreTeam;
import corolla.base.internal.SystemClock;
import corolla.base.internal.SystemRandoms;
import corolla.base.internal.TcpTransport;
import corolla.base.internal.ThreadScopes;
import corolla.base.time.Clock;

/**
 * The real world: the system's clock and randomness, virtual threads, TCP, and a team of platform threads. Thread-safe. Its
 * owner closes it when everything that used {@link #environment()} has ended.
 *
 * <pre>{@code
 * try (RealEnvironment real = RealEnvironment.create()) {
 *     Environment environment = real.environment();
 *     ...
 * }
 * }</pre>
 */
public final class RealEnvironment implements AutoCloseable {
    private final Environment environment;
    private final TcpTransport transport;
    private final CoreTeam team;

    private RealEnvironment(int teamSize) {
        Clock clock = new SystemClock();
        ThreadScopes tasks = ThreadScopes.ofVirtualThreads(clock);
        this.transport = new TcpTransport(clock, tasks);
        this.team = new CoreTeam(clock, teamSize);
        this.environment = new Environment(clock, new SystemRandoms(), tasks, transport, team);
    }

    /** With one compute thread for each core. */
    public static RealEnvironment create() {
        return create(Runtime.getRuntime().availableProcessors());
    }

    /** With {@code teamSize} compute threads, at least 1; more than there are cores is slow. */
    public static RealEnvironment create(int teamSize) {
        if (teamSize < 1) {
            throw new IllegalArgumentException("a team of " + teamSize + " cannot compute");
        }
        return new RealEnvironment(teamSize);
    }

    public Environment environment() {
        return environment;
    }

    /** Ends the compute threads after the body that runs, and the enforcement of write deadlines; open streams stay open. */
    @Override
    public void close() {
        transport.close();
        team.close();
    }
}
