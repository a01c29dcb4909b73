package corolla.testkit;

import corolla.base.Environment;
import java.time.Duration;

/** One machine with one process. To be used inside a story only. */
public final class SimulatedNode {
    private final SimulatedWorld world;
    private final String name;
    private final String host;
    private int lives;
    private Duration clockError = Duration.ZERO;
    private SimulatedProcess process;

    SimulatedNode(SimulatedWorld world, String name, String host) {
        this.world = world;
        this.name = name;
        this.host = host;
        this.process = world.newProcess(this, 0);
    }

    /** Its name, which the simulated network resolves. */
    public String name() {
        return name;
    }

    /** Its numeric address. */
    public String host() {
        return host;
    }

    /** The doors of the process that runs now. */
    public Environment environment() {
        return process.environment();
    }

    /** Whether {@link #crash} was not called since the last start. */
    public boolean isUp() {
        return process.isAlive();
    }

    /**
     * The process dies: its connections are reset, its threads are interrupted, and nothing that they still do gets out. For a machine
     * that falls silent instead, cut it off: {@link SimulatedNetwork#cut}.
     */
    public void crash() {
        world.network().note("crash of " + name, lives);
        process.crash();
    }

    /** A new process on the same machine, after a crash; it remembers nothing. */
    public Environment restart() {
        if (process.isAlive()) {
            throw new IllegalStateException(name + " has not crashed");
        }
        process = world.newProcess(this, ++lives);
        process.clock().setError(clockError);
        return environment();
    }

    /**
     * The process stands still, as by SIGSTOP: its threads get no turn until {@link #thaw} or {@link #crash}, while its machine keeps
     * accepting connections and bytes for it.
     */
    public void freeze() {
        world.network().note("freeze of " + name, lives);
        process.freeze();
    }

    /** The process goes on where it stood still. */
    public void thaw() {
        world.network().note("thaw of " + name, lives);
        process.thaw();
    }

    /** From now on, and until it crashes, what it computes takes so many times as long. */
    public void setSlowness(int factor) {
        world.network().note("slowness of " + name, factor);
        process.team().setSlowness(factor);
    }

    /** Makes this machine's wall clock wrong by so much, also after a restart. */
    public void setClockError(Duration error) {
        clockError = error;
        process.clock().setError(error);
    }

    @Override
    public String toString() {
        return name;
    }

    SimulatedProcess process() {
        return process;
    }
}
