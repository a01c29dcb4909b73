package corolla.testkit;

import corolla.base.Environment;
import corolla.base.internal.ThreadScopes;
import corolla.base.random.Randoms;
import corolla.base.task.TaskScopes;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Many nodes in one thread, on virtual time: the same seed gives the same run, to the last byte on the wire.
 *
 * <p>A test tells a {@link Story}, which runs as a task of this world and may use ordinary blocking code. When it returns, all that
 * still runs is interrupted and must end. The run fails, with its seed in the message, when the story throws, when a task of
 * any node ended by a bug that nobody awaited, when nobody can run any more (a deadlock), or when something does not end.
 */
public final class SimulatedWorld {
    private static final System.Logger LOG = System.getLogger(SimulatedWorld.class.getName());

    private final long seed;
    private final SimulationOptions options;
    private final Trace trace;
    private final Loop loop;
    private final SimulatedNetwork network;
    private final Map<String, SimulatedNode> nodes = new LinkedHashMap<>();
    private final List<SimulatedProcess> processes = new ArrayList<>();
    private final List<Throwable> bugs = new ArrayList<>();
    private final SimulatedProcess self;
    private @Nullable Throwable failure;

    /** What a test does in a world. */
    @FunctionalInterface
    public interface Story {
        void tell(SimulatedWorld world) throws Exception;
    }

    private SimulatedWorld(long seed, SimulationOptions options, boolean keepTrace) {
        this.seed = seed;
        this.options = options;
        this.trace = new Trace(keepTrace);
        SimulatedRandoms own = new SimulatedRandoms(seed, "world");
        this.loop = new Loop(seed, SimulationOptions.grainNanos(own.stream("grain")), trace);
        this.network = new SimulatedNetwork(loop, trace, own, options.network());
        this.self = newProcess("story", "story", "10.255.255.255");
    }

    /** Runs a story with the default options. */
    public static Outcome run(long seed, Story story) {
        return run(seed, SimulationOptions.defaults(), story);
    }

    /** Runs a story; throws an {@code AssertionError} that names the seed when it fails. */
    public static Outcome run(long seed, SimulationOptions options, Story story) {
        return new SimulatedWorld(seed, options, false).run(story);
    }

    /** Runs a story several times and fails where the first run and another one part. */
    public static Outcome assertReplays(long seed, int runs, Story story) {
        SimulatedWorld first = new SimulatedWorld(seed, SimulationOptions.defaults(), true);
        Outcome expected = first.run(story);
        for (int i = 1; i < runs; i++) {
            SimulatedWorld next = new SimulatedWorld(seed, SimulationOptions.defaults(), true);
            if (next.run(story).trace() != expected.trace()) {
                throw new AssertionError("seed " + seed + ": run " + (i + 1) + " differs from the first "
                        + firstDifference(first.trace.entries(), next.trace.entries()));
            }
        }
        return expected;
    }

    private static String firstDifference(List<String> one, List<String> other) {
        int at = 0;
        while (at < Math.min(one.size(), other.size()) && one.get(at).equals(other.get(at))) {
            at++;
        }
        return "at entry " + at + "\n  before: " + one.subList(Math.max(0, at - 5), at)
                + "\n  first:  " + (at < one.size() ? one.get(at) : "ends")
                + "\n  this:   " + (at < other.size() ? other.get(at) : "ends");
    }

    private Outcome run(Story story) {
        SimulatedLogs logs = new SimulatedLogs(loop);
        try (logs) {
            return runQuietly(story);
        } catch (AssertionError e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    () -> "simulation with seed " + seed + " failed; it logged:\n" + logs.text());
            throw e;
        }
    }

    private Outcome runQuietly(Story story) {
        try (LoopWatchdog _ = new LoopWatchdog(loop, seed, options.watchdogPeriod(), SimulatedWorld::report)) {
            self.environment().tasks().open("story").run("story", () -> tell(story));
            boolean ended = loop.run(options.timeMax().toNanos());
            if (failure == null && !ended) {
                throw new AssertionError("not ended" + loop.waiting());
            }
            if (failure != null) {
                throw new AssertionError(String.valueOf(failure), failure);
            }
            if (!bugs.isEmpty()) {
                throw new AssertionError(
                        bugs.size() + " tasks failed, the first by " + bugs.getFirst(), bugs.getFirst());
            }
            return new Outcome(seed, trace.hash(), loop.switches(), Duration.ofNanos(loop.nanoTime()));
        } catch (AssertionError e) {
            throw new AssertionError("simulation with seed " + seed + ": " + e.getMessage(), e);
        }
    }

    private static void report(String stacks) {
        LOG.log(System.Logger.Level.ERROR, stacks);
    }

    @SuppressWarnings("InterruptedExceptionSwallowed") // it fails the run
    private void tell(Story story) {
        try {
            story.tell(this);
        } catch (Throwable e) { // whatever it is, the run fails with it
            failure = e;
        }
        endAll();
    }

    /**
     * Interrupts all that still runs, some times: whoever goes on after several interruptions does not listen. Halfway, new threads are
     * interrupted at birth too: what ends by an interruption may have started others, on behalf of nobody.
     */
    private void endAll() {
        processes.forEach(SimulatedProcess::thaw);
        try {
            clock().sleep(Duration.ofMillis(1)); // what was forked last begins
            for (int i = 0; i < options.interruptionsMax() && othersLive(); i++) {
                if (i == options.interruptionsMax() / 2) {
                    processes.forEach(SimulatedProcess::end);
                }
                loop.live().stream()
                        .filter(thread -> thread != Thread.currentThread())
                        .forEach(Thread::interrupt);
                clock().sleep(Duration.ofSeconds(1));
            }
        } catch (InterruptedException e) {
            failure = failure == null ? e : failure;
        }
        if (othersLive()) {
            failure = failure == null
                    ? new AssertionError("threads did not end after the story" + loop.waiting())
                    : failure;
            loop.stop();
        }
    }

    private boolean othersLive() {
        return loop.live().size() > 1; // the story is one of them
    }

    /** The machine of this name; a new one when it is first asked for. */
    public SimulatedNode node(String name) {
        SimulatedNode known = nodes.get(name);
        if (known == null) {
            int number = nodes.size() + 1;
            known = new SimulatedNode(this, name, "10.0." + number / 250 + "." + (number % 250 + 1));
            nodes.put(name, known);
        }
        return known;
    }

    SimulatedProcess newProcess(SimulatedNode node, int life) {
        return newProcess(node.name(), life == 0 ? node.name() : node.name() + "#" + life, node.host());
    }

    private SimulatedProcess newProcess(String name, String nameOfLife, String address) {
        SimulatedClock clock = new SimulatedClock(loop);
        SimulatedTransport transport = new SimulatedTransport(network, clock, address);
        network.addHost(name, address, transport);
        SimulatedProcess process = new SimulatedProcess(
                loop,
                nameOfLife,
                new SimulatedRandoms(seed, nameOfLife),
                transport,
                clock,
                options.bodyTimeMax(),
                this::unawaited);
        processes.add(process);
        return process;
    }

    private void unawaited(String scope, String task, Throwable e) {
        if (ThreadScopes.isBug(e)) {
            bugs.add(new AssertionError("task '" + task + "' of scope '" + scope + "' failed: " + e, e));
        }
    }

    public long seed() {
        return seed;
    }

    public SimulatedNetwork network() {
        return network;
    }

    /** Virtual time. */
    public Clock clock() {
        return self.environment().clock();
    }

    /** Random streams of the story itself. */
    public Randoms randoms() {
        return self.environment().randoms();
    }

    /** Tasks of the story itself. */
    public TaskScopes tasks() {
        return self.environment().tasks();
    }

    /** The story's own doors. It is a host too, with no machine that could crash. */
    public Environment environment() {
        return self.environment();
    }

    /** A deadline so long after now. */
    public Deadline within(Duration time) {
        return Deadline.after(clock(), time);
    }

    /** Puts something into the trace: what a test observes belongs there, so that runs that differ in it differ. */
    public void note(String what) {
        trace.note(loop.nanoTime(), what, 0);
    }

    /**
     * How a run went.
     *
     * @param trace a hash of all that happened
     * @param switches how often a thread was given the turn
     * @param time virtual time from the beginning to the end
     */
    public record Outcome(long seed, long trace, long switches, Duration time) {}
}
