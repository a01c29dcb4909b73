package corolla.testkit;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler of virtual threads on one ordinary thread. A virtual thread that can run hands its continuation to {@link #execute};
 * the loop draws the next one with a seeded generator and runs it until it parks. Because the scheduler <em>is a
 * ForkJoinPool</em>, the JDK arms timed parks by {@link #schedule}: so every wake-up comes here, and time is ours. When nobody can
 * run, time jumps to the earliest alarm. The pool itself never starts a worker.
 *
 * <p>Confined to the thread that calls {@link #run} and the virtual threads that run on it, which is one at a time.
 */
final class Loop extends ForkJoinPool {
    private static final int CANCELLED_MIN = 1000;

    private final Thread carrier = Thread.currentThread();
    private final SplittableRandom choice;
    private final long grain;
    private final Trace trace;
    private final List<Runnable> ready = new ArrayList<>();
    private final PriorityQueue<Alarm> alarms = new PriorityQueue<>();
    private final IdentityHashMap<Runnable, Member> members =
            new IdentityHashMap<>(); // looked up only: its order decides nothing
    private final Set<Thread> live = new LinkedHashSet<>(); // in order of birth
    private long now;
    private long alarmsArmed;
    private int alarmsCancelled;
    private volatile long switches;
    private boolean stopped;
    private @Nullable Runnable running;
    private volatile @Nullable Thread current;
    private volatile @Nullable String outsider;

    /** A thread, and what stops it together with the others of its process. */
    private record Member(Thread thread, Turnstile turnstile) {}

    /** Lets the threads of one process through, or holds them where they wait, as SIGSTOP does. Confined to the loop. */
    static final class Turnstile {
        private final List<Runnable> held = new ArrayList<>();
        private boolean frozen;
    }

    /** @param grain alarms are rounded up to this, so that wake-ups coincide and the draw has something to choose from */
    Loop(long seed, long grain, Trace trace) {
        super(1);
        this.choice = new SplittableRandom(seed);
        this.grain = grain;
        this.trace = trace;
    }

    /** The JDK says: this virtual thread can run. */
    @Override
    public void execute(Runnable continuation) {
        Thread caller = Thread.currentThread();
        if (caller != carrier && caller != current) {
            // A monitor's unblocker, a socket poller, a compute pool. Throwing would end a thread of the JDK's own.
            outsider = caller.toString();
            return;
        }
        Member member = members.get(continuation);
        if (member != null && member.turnstile.frozen) {
            member.turnstile.held.add(continuation);
        } else {
            ready.add(continuation);
        }
    }

    /** From now on the threads of a process get no turn, until {@link #thaw}. */
    void freeze(Turnstile turnstile) {
        turnstile.frozen = true;
        for (Runnable continuation : List.copyOf(ready)) {
            Member member = members.get(continuation);
            if (member != null && member.turnstile == turnstile) {
                ready.remove(continuation);
                turnstile.held.add(continuation);
            }
        }
    }

    void thaw(Turnstile turnstile) {
        turnstile.frozen = false;
        ready.addAll(turnstile.held);
        turnstile.held.clear();
    }

    /** The JDK says: this virtual thread parks for a time. */
    @Override
    public ScheduledFuture<?> schedule(Runnable action, long delay, TimeUnit unit) {
        long at = now + Math.min(unit.toNanos(delay), Long.MAX_VALUE / 2);
        Alarm alarm = new Alarm(this, at + Math.floorMod(-at, grain), alarmsArmed++, action);
        alarms.add(alarm);
        return alarm;
    }

    /** Does something short that cannot wait, when it is this late. */
    void at(long nanos, Runnable action) {
        alarms.add(new Alarm(this, nanos + Math.floorMod(-nanos, grain), alarmsArmed++, action));
    }

    /** Answered calls leave cancelled alarms, which would pile up. */
    void alarmCancelled() {
        alarmsCancelled++;
        if (alarmsCancelled > CANCELLED_MIN && alarmsCancelled > alarms.size() / 2) {
            alarms.removeIf(Alarm::isCancelled);
            alarmsCancelled = 0;
        }
    }

    /** A thread that the loop knows by its name, and counts as living until its body has ended. */
    Thread newThread(String name, Turnstile turnstile, Runnable body) {
        return SimulatedThreads.unstarted(this, name, () -> {
            Thread self = Thread.currentThread();
            current = self;
            members.put(Objects.requireNonNull(running, "not run by its loop"), new Member(self, turnstile));
            live.add(self);
            try {
                body.run();
            } finally {
                live.remove(self);
            }
        });
    }

    long nanoTime() {
        return now;
    }

    long switches() {
        return switches;
    }

    /** The thread that runs at this moment, for the watchdog. */
    @Nullable
    Thread current() {
        return current;
    }

    Thread carrier() {
        return carrier;
    }

    List<Thread> live() {
        return List.copyOf(live);
    }

    /** Ends {@link #run} though threads are left: they are abandoned where they wait. */
    void stop() {
        stopped = true;
    }

    /** Runs until no thread is left. False when virtual time would pass {@code end} before. */
    boolean run(long end) {
        while (!stopped && !(live.isEmpty() && ready.isEmpty())) {
            if (!advance(end)) {
                return false;
            }
            step();
            if (outsider != null) {
                throw new AssertionError("not deterministic: a simulated thread was woken by " + outsider
                        + "; a contended monitor, wait/notify, a real socket or another pool is used");
            }
        }
        return true;
    }

    /** Rings the alarms that are due; when nobody can run, lets time pass to the next one. */
    private boolean advance(long end) {
        while (ready.isEmpty() || (!alarms.isEmpty() && alarms.peek().at() <= now)) {
            Alarm alarm = alarms.poll();
            if (alarm == null) {
                throw new AssertionError("deadlock: nobody can run and no alarm is set" + waiting());
            }
            if (alarm.isCancelled()) {
                alarmsCancelled--;
                continue;
            }
            if (alarm.at() > end) {
                alarms.add(alarm);
                return false;
            }
            now = Math.max(now, alarm.at());
            alarm.ring();
        }
        return true;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // written by the loop only, read by the watchdog
    private void step() {
        int pick = ready.size() == 1 ? 0 : choice.nextInt(ready.size());
        Runnable next = ready.get(pick);
        Runnable last = ready.removeLast();
        if (pick < ready.size()) {
            ready.set(pick, last);
        }
        switches++;
        running = next;
        Member known = members.get(next);
        current = known == null ? null : known.thread; // a new thread tells itself
        next.run();
        Member member = known == null ? members.get(next) : known;
        Thread thread = member == null ? null : member.thread;
        trace.step(now, pick, thread == null ? "a thread from outside of the task scopes" : thread.getName());
        Thread.State state = thread == null ? Thread.State.RUNNABLE : thread.getState();
        if (state == Thread.State.TERMINATED) {
            members.remove(next);
        } else if (state == Thread.State.BLOCKED && thread != null) {
            outsider = "the JDK, since it blocks on a monitor: " + thread.getName() + where(thread);
        }
        current = null;
        running = null;
    }

    /** What the living threads wait for, one a line. */
    String waiting() {
        StringBuilder text = new StringBuilder(" at " + now / 1_000_000 + " ms; threads:");
        live.stream()
                .limit(40)
                .forEach(thread -> text.append("\n  ").append(thread.getName()).append(where(thread)));
        return text.append(live.size() > 40 ? "\n  ..." : "").toString();
    }

    /** The innermost frame that tells something: none of the JDK's, none of the waiting itself. */
    private static String where(Thread thread) {
        for (StackTraceElement frame : thread.getStackTrace()) {
            String type = frame.getClassName();
            if (!type.startsWith("java.") && !type.startsWith("jdk.") && !type.startsWith("corolla.base.task.")) {
                return " at " + frame;
            }
        }
        return "";
    }
}
