package corolla.testkit;

import corolla.base.Environment;
import corolla.base.internal.ThreadScopes;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What dies in a crash: threads and connections. */
final class SimulatedProcess {
    private final Loop loop;
    private final String name;
    private final SimulatedClock clock;
    private final SimulatedTransport transport;
    private final Environment environment;
    private final SimulatedTeam team;
    private final Loop.Turnstile turnstile = new Loop.Turnstile();
    private final Set<Thread> threads =
            new LinkedHashSet<>(); // in order of birth: interruptions go out in a fixed order
    private boolean alive = true;
    private boolean ending;

    SimulatedProcess(
            Loop loop,
            String name,
            SimulatedRandoms randoms,
            SimulatedTransport transport,
            SimulatedClock clock,
            Duration bodyTimeMax,
            ThreadScopes.Failures failures) {
        this.loop = loop;
        this.name = name;
        this.clock = clock;
        this.transport = transport;
        this.team = new SimulatedTeam(clock, randoms.stream("time of bodies"), bodyTimeMax);
        this.environment =
                new Environment(clock, randoms, new ThreadScopes(clock, this::newThread, failures), transport, team);
    }

    private Thread newThread(String task, Runnable body) {
        Thread thread = loop.newThread(name + "/" + task, turnstile, () -> {
            try {
                body.run();
            } finally {
                threads.remove(Thread.currentThread());
            }
        });
        threads.add(thread);
        if (ending) {
            thread.interrupt();
        }
        return thread;
    }

    Environment environment() {
        return environment;
    }

    SimulatedClock clock() {
        return clock;
    }

    SimulatedTeam team() {
        return team;
    }

    void freeze() {
        loop.freeze(turnstile);
    }

    void thaw() {
        loop.thaw(turnstile);
    }

    boolean isAlive() {
        return alive;
    }

    void crash() {
        alive = false;
        transport.crash();
        end();
    }

    /** Interrupts all threads but the caller's, and those to come at their birth. */
    void end() {
        ending = true;
        thaw();
        List.copyOf(threads).stream()
                .filter(thread -> thread != Thread.currentThread())
                .forEach(Thread::interrupt);
    }
}
