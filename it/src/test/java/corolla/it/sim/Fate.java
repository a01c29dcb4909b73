package corolla.it.sim;

import corolla.base.task.TaskScope;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * Harms machines one after the other and several at once, and ends each harm after a while. The seed draws how often, for how long, to
 * how many at once, and which kinds there are at all: no two swarms have the same sort of bad luck. One task's.
 */
final class Fate {
    private static final long CLOCK_ERROR_MS_MAX = 1400; // two nodes may differ by 3 s
    private static final int PARTITION_RARITY = 6;

    /** What may happen to a machine. */
    enum Kind {
        CRASH,
        LEAVE,
        FREEZE,
        CUT,
        CUT_ONE_WAY,
        PARTITION,
        SLOW,
        GARBLE,
        CLOCK
    }

    private final SimulatedWorld world;
    private final SimulatedSwarm swarm;
    private final Wellness wellness;
    private final Tally tally;
    private final RandomGenerator random;
    private final List<SimulatedNode> servers;
    private final List<SimulatedNode> all;
    private final List<Kind> kinds = new ArrayList<>();
    private final long pauseMsMax;
    private final long timeMsMax;
    private final int harmedMax;

    /** @param others machines that are cut off, frozen and partitioned, but do not crash */
    Fate(
            SimulatedWorld world,
            SimulatedSwarm swarm,
            Wellness wellness,
            Tally tally,
            List<SimulatedNode> servers,
            List<SimulatedNode> others) {
        this.world = world;
        this.swarm = swarm;
        this.wellness = wellness;
        this.tally = tally;
        this.random = world.randoms().stream("fate");
        this.servers = List.copyOf(servers);
        this.all = new ArrayList<>(servers);
        all.addAll(others);
        for (Kind kind : Kind.values()) {
            for (int weight = random.nextInt(4); weight > 0; weight--) {
                kinds.add(kind);
            }
        }
        if (kinds.isEmpty()) {
            kinds.add(Kind.CRASH);
        }
        this.pauseMsMax = 1000L << random.nextInt(5);
        this.timeMsMax = 4000L << random.nextInt(5);
        this.harmedMax = Math.max(1, (int) (servers.size() * random.nextDouble(0.1, 0.7)));
    }

    /** Clocks that were never right. */
    void setClocks() {
        for (SimulatedNode machine : all) {
            machine.setClockError(Duration.ofMillis(random.nextLong(-CLOCK_ERROR_MS_MAX, CLOCK_ERROR_MS_MAX)));
        }
    }

    /** Does harm until time is over; what has begun then ends in its time. */
    void harmUntil(long endNanos) throws InterruptedException {
        TaskScope scope = world.tasks().open("fate");
        while (world.clock().nanoTime() < endNanos) {
            world.clock().sleep(Duration.ofMillis(random.nextLong(pauseMsMax)));
            Kind kind = kinds.get(random.nextInt(kinds.size()));
            SimulatedNode machine = servers.get(random.nextInt(servers.size()));
            long harmed = servers.stream().filter(wellness::isHarmed).count();
            if (harmed < harmedMax && !wellness.isHarmed(machine)) {
                Duration time = Duration.ofMillis(random.nextLong(200, timeMsMax));
                scope.run(kind + " " + machine, () -> harm(kind, machine, time));
            }
        }
    }

    private void harm(Kind kind, SimulatedNode machine, Duration time) throws InterruptedException {
        tally.harmed(kind);
        switch (kind) {
            case CRASH -> crash(machine, time);
            case LEAVE -> leave(machine, time);
            case FREEZE -> during(List.of(machine), time, machine::freeze, machine::thaw);
            case CUT -> cut(machine, anybodyBut(machine), time, true);
            case CUT_ONE_WAY -> cut(machine, anybodyBut(machine), time, false);
            case PARTITION -> partition(time);
            case SLOW -> {
                int slowness = 10 << random.nextInt(8);
                during(List.of(machine), time, () -> machine.setSlowness(slowness), () -> machine.setSlowness(1));
            }
            case GARBLE -> garble(machine, anybodyBut(machine), time);
            case CLOCK ->
                machine.setClockError(Duration.ofMillis(random.nextLong(-CLOCK_ERROR_MS_MAX, CLOCK_ERROR_MS_MAX)));
        }
    }

    private SimulatedNode anybodyBut(SimulatedNode machine) {
        while (true) {
            SimulatedNode other = all.get(random.nextInt(all.size()));
            if (other != machine) {
                return other;
            }
        }
    }

    private void during(List<SimulatedNode> victims, Duration time, Runnable begin, Runnable end)
            throws InterruptedException {
        victims.forEach(wellness::harm);
        begin.run();
        world.clock().sleep(time);
        end.run();
        victims.forEach(wellness::heal);
    }

    private void cut(SimulatedNode one, SimulatedNode other, Duration time, boolean bothWays)
            throws InterruptedException {
        Runnable cut = () -> {
            if (bothWays) {
                world.network().cut(one, other);
            } else {
                world.network().cutOneWay(one, other);
            }
        };
        during(List.of(one, other), time, cut, () -> world.network().mend(one, other));
    }

    private void garble(SimulatedNode from, SimulatedNode to, Duration time) throws InterruptedException {
        double share = random.nextDouble(0.01, 0.3);
        during(
                List.of(from, to),
                time,
                () -> world.network().setDamage(from, to, share),
                () -> world.network().setDamage(from, to, 0));
    }

    private void partition(Duration time) throws InterruptedException {
        if (random.nextInt(PARTITION_RARITY) > 0) {
            return;
        }
        List<SimulatedNode> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, Random.from(random));
        List<SimulatedNode> left = shuffled.subList(0, random.nextInt(1, all.size()));
        List<SimulatedNode> right = shuffled.subList(left.size(), all.size());
        during(all, time, () -> world.network().partition(left, right), () -> {
            for (SimulatedNode one : left) {
                right.forEach(other -> world.network().mend(one, other));
            }
        });
    }

    private void crash(SimulatedNode machine, Duration time) throws InterruptedException {
        wellness.harm(machine);
        swarm.crash(machine);
        world.clock().sleep(time);
        restart(machine);
        wellness.heal(machine);
    }

    private void leave(SimulatedNode machine, Duration time) throws InterruptedException {
        wellness.harm(machine);
        var server = swarm.servers().get(machine);
        if (server != null) {
            server.close();
        }
        swarm.crash(machine);
        world.clock().sleep(time);
        restart(machine);
        wellness.heal(machine);
    }

    /** Starting may fail as long as ways are cut, and is tried again. */
    private void restart(SimulatedNode machine) throws InterruptedException {
        while (true) {
            try {
                swarm.restart(machine);
                return;
            } catch (IOException e) {
                world.note("did not start: " + e.getMessage());
                swarm.crash(machine);
                world.clock().sleep(Duration.ofSeconds(1 + random.nextInt(5)));
            }
        }
    }
}
