package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.client.RemoteModel;
import corolla.it.sim.Scenario.Action;
import corolla.it.sim.Scenario.Event;
import corolla.testkit.NetworkConditions;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Plays a scenario in a world, and compares how it ends with what is expected. Confined to the world's story. */
final class ScenarioRun {
    private static final Duration START_TIME = Duration.ofMinutes(3);
    private static final Duration TIME_MAX = Duration.ofHours(2);

    private final SimulatedWorld world;
    private final TinyModel model;
    private final Scenario scenario;
    private final SimulatedSwarm swarm;
    private final Tally tally = new Tally();

    private ScenarioRun(SimulatedWorld world, TinyModel model, Scenario scenario)
            throws IOException, InterruptedException {
        this.world = world;
        this.model = model;
        this.scenario = scenario;
        this.swarm = new SimulatedSwarm(world, model, "relay-1");
    }

    /** The network that a scenario wants. */
    static NetworkConditions network(Scenario scenario) {
        NetworkConditions internet = NetworkConditions.internet();
        return new NetworkConditions(
                scenario.swarm().latencyMin(),
                scenario.swarm().latencyMax(),
                internet.jitterMax(),
                internet.lateProbability(),
                internet.lateBy(),
                internet.bytesPerSecond());
    }

    static Tally play(SimulatedWorld world, TinyModel model, Questions questions, Scenario scenario)
            throws IOException, InterruptedException {
        ScenarioRun run = new ScenarioRun(world, model, scenario);
        run.start();
        run.play(questions);
        run.check();
        return run.tally;
    }

    private void start() throws IOException, InterruptedException {
        for (int i = 2; i <= scenario.swarm().relays(); i++) {
            swarm.bootstrap("relay-" + i);
        }
        TaskScope scope = world.tasks().open("start");
        List<Task<?>> starting = new ArrayList<>();
        for (int i = 1; i <= scenario.swarm().servers(); i++) {
            String name = "server-" + i;
            Reach reach = scenario.routers().contains(name) ? Reach.BEHIND_ROUTER : Reach.OPEN;
            var blocks = scenario.swarm().blocks(i);
            starting.add(scope.fork(name, () -> swarm.server(name, blocks, reach)));
        }
        for (Task<?> task : starting) {
            task.await(world.within(START_TIME));
        }
        int liars = 0;
        for (Scenario.Liar liar : scenario.liars()) {
            SimulatedNode machine = world.node("liar-" + ++liars);
            LyingServer.start(machine.environment(), swarm.initialPeers(), liar.blocks(), liar.lie(), model);
        }
    }

    private void play(Questions questions) throws IOException, InterruptedException {
        Map<SimulatedNode, RemoteModel> clients = new LinkedHashMap<>();
        for (int i = 1; i <= scenario.swarm().clients(); i++) {
            clients.put(world.node("client-" + i), swarm.client("client-" + i));
        }
        long start = world.clock().nanoTime();
        TaskScope scope = world.tasks().open("scenario");
        Wellness wellness = new Wellness(world.clock()::nanoTime); // scenarios say themselves what may be refused
        List<Task<Void>> asking = new ArrayList<>();
        clients.forEach((machine, client) -> {
            Asker asker = new Asker(world, model, client, machine, tally, wellness);
            asking.add(scope.fork("asks " + machine, () -> ask(asker, machine, questions)));
        });
        Task<Void> events = scope.fork("events", () -> {
            for (Event event : scenario.events()) {
                sleepUntil(start + event.at().toNanos());
                happen(event);
            }
            return null;
        });
        for (Task<Void> task : asking) {
            task.await(world.within(TIME_MAX));
        }
        events.await(world.within(TIME_MAX));
    }

    private Void ask(Asker asker, SimulatedNode machine, Questions questions) throws InterruptedException {
        var random = world.randoms().stream("asks of " + machine.name());
        for (int i = 0; i < scenario.asked().answers(); i++) {
            asker.ask(questions.draw(random, scenario.asked().tokens()));
            world.clock().sleep(scenario.asked().pause());
        }
        return null;
    }

    private void sleepUntil(long nanos) throws InterruptedException {
        world.clock().sleep(new Deadline(nanos).remaining(world.clock()));
    }

    private void happen(Event event) throws IOException, InterruptedException {
        var network = world.network();
        switch (event.action()) {
            case Action.Crash(String machine) -> swarm.crash(world.node(machine));
            case Action.Restart(String machine) -> swarm.restart(world.node(machine));
            case Action.Leave(String machine) -> leave(world.node(machine));
            case Action.Freeze(String machine) -> world.node(machine).freeze();
            case Action.Thaw(String machine) -> world.node(machine).thaw();
            case Action.Slow(String machine, int times) -> world.node(machine).setSlowness(times);
            case Action.Clock(String machine, Duration error) ->
                world.node(machine).setClockError(error);
            case Action.Cut(String from, String to, boolean oneWay) -> {
                network.cutOneWay(world.node(from), world.node(to));
                if (!oneWay) {
                    network.cutOneWay(world.node(to), world.node(from));
                }
            }
            case Action.Mend(String one, String other) -> network.mend(world.node(one), world.node(other));
            case Action.MendAll() -> network.mend();
            case Action.Partition(List<String> one, List<String> other) -> network.partition(nodes(one), nodes(other));
            case Action.Damage(String from, String to, int percent) ->
                network.setDamage(world.node(from), world.node(to), percent / 100.0);
        }
    }

    private void leave(SimulatedNode machine) {
        swarm.serverOn(machine).close();
        swarm.crash(machine);
    }

    private List<SimulatedNode> nodes(List<String> names) {
        return names.stream().map(world::node).toList();
    }

    private void check() {
        assertThat(tally.answered())
                .as("equal answers of scenario %s; refused: %s", scenario.name(), tally.refusals())
                .isEqualTo(scenario.expected().equal());
        scenario.expected()
                .standstill()
                .ifPresent(longest -> assertThat(tally.longestPause())
                        .as("longest standstill of scenario %s", scenario.name())
                        .isLessThan(longest));
        for (String error : scenario.expected().error()) {
            assertThat(tally.refusals())
                    .as("refusals of scenario %s", scenario.name())
                    .isNotEmpty()
                    .allMatch(refusal -> refusal.contains(error), "say '" + error + "'");
        }
    }
}
