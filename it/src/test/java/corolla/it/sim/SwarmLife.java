package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.client.RemoteModel;
import corolla.server.Server;
import corolla.swarm.Span;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** The life of a swarm in which servers serve, users ask, and fate does harm; then the bill: what is left must be nothing. */
final class SwarmLife {
    private static final int BOOTSTRAPS = 3;
    private static final Duration START_TIME = Duration.ofMinutes(3);

    /** Sessions that lost their client are noticed within this: a server's patience with silence, and some more. */
    private static final Duration QUIET_TIME = Duration.ofMinutes(7);

    private final SimulatedWorld world;
    private final TinyModel model;
    private final SwarmSize size;
    private final SimulatedSwarm swarm;
    private final RandomGenerator random;
    private final Wellness wellness;
    private final Tally tally = new Tally();
    private final List<SimulatedNode> servers = new ArrayList<>();
    private final Map<SimulatedNode, RemoteModel> clients = new LinkedHashMap<>();
    private final List<SimulatedNode> bootstraps = new ArrayList<>();

    private SwarmLife(SimulatedWorld world, TinyModel model, SwarmSize size) throws IOException, InterruptedException {
        this.world = world;
        this.model = model;
        this.size = size;
        this.random = world.randoms().stream("swarm");
        this.wellness = new Wellness(world.clock()::nanoTime);
        this.swarm = new SimulatedSwarm(world, model);
        bootstraps.add(world.node(SimulatedSwarm.BOOTSTRAP));
    }

    /** Lives; an {@code AssertionError} says what should not be. */
    static Tally live(SimulatedWorld world, TinyModel model, Questions questions, SwarmSize size)
            throws IOException, InterruptedException {
        SwarmLife life = new SwarmLife(world, model, size);
        life.start();
        life.live(questions);
        life.settle();
        return life.tally;
    }

    private void start() throws IOException, InterruptedException {
        for (int i = 1; i < BOOTSTRAPS; i++) {
            String name = SimulatedSwarm.BOOTSTRAP + i;
            bootstraps.add(world.node(name));
            swarm.bootstrap(name);
        }
        TaskScope scope = world.tasks().open("start");
        List<Task<Server>> starting = new ArrayList<>();
        for (int i = 0; i < size.servers(); i++) {
            String name = "server" + i;
            Span span = span(i);
            Reach reach = random.nextInt(6) == 0 ? Reach.BEHIND_ROUTER : Reach.OPEN;
            servers.add(world.node(name));
            starting.add(scope.fork(name, () -> swarm.server(name, span, reach)));
        }
        for (Task<Server> task : starting) {
            task.await(world.within(START_TIME));
        }
        for (int i = 0; i < size.liars(); i++) {
            SimulatedNode machine = world.node("liar" + i);
            LyingServer.start(machine.environment(), swarm.initialPeers(), span(i), LyingServer.draw(random), model);
        }
        for (SimulatedNode machine : servers) {
            wellness.addServer(machine, swarm.spanOf(machine));
        }
        Map<SimulatedNode, Task<RemoteModel>> joining = new LinkedHashMap<>();
        for (int i = 0; i < size.clients(); i++) {
            SimulatedNode machine = world.node("client" + i);
            joining.put(machine, scope.fork(machine.name(), () -> swarm.client(machine.name())));
        }
        for (var client : joining.entrySet()) {
            clients.put(client.getKey(), client.getValue().await(world.within(START_TIME)));
            wellness.add(client.getKey());
        }
    }

    /** The first ones cover the model twice, the others are anywhere. */
    private Span span(int index) {
        int half = TinyModel.BLOCKS / 2;
        if (index < 4) {
            return new Span(index % 2 * half, index % 2 * half + half);
        }
        int length = random.nextInt(1, half + 2);
        int start = random.nextInt(TinyModel.BLOCKS - length + 1);
        return new Span(start, start + length);
    }

    private void live(Questions questions) throws IOException, InterruptedException {
        long end = world.clock().nanoTime() + size.time().toNanos();
        List<SimulatedNode> others = new ArrayList<>(clients.keySet());
        others.addAll(bootstraps);
        Fate fate = new Fate(world, swarm, wellness, tally, servers, others);
        fate.setClocks();
        TaskScope scope = world.tasks().open("life");
        scope.run("fate", () -> fate.harmUntil(end));
        List<Task<Void>> asking = new ArrayList<>();
        clients.forEach((machine, client) -> {
            Asker asker = new Asker(world, model, client, machine, tally, wellness);
            asking.add(scope.fork("asks " + machine, () -> {
                asker.askUntil(end, questions, size.thinkMax());
                return null;
            }));
        });
        for (Task<Void> task : asking) {
            task.await(world.within(size.time().multipliedBy(2).plus(Duration.ofMinutes(30))));
        }
    }

    /** All harm has ended, nobody asks: sessions and caches must all have been given back. */
    private void settle() throws InterruptedException {
        long end = world.clock().nanoTime() + QUIET_TIME.toNanos();
        while (!leases().isEmpty() && world.clock().nanoTime() < end) {
            world.clock().sleep(Duration.ofSeconds(10));
        }
        assertThat(leases()).as("servers that still hold sessions or caches").isEmpty();
    }

    private List<String> leases() {
        List<String> held = new ArrayList<>();
        swarm.servers().forEach((machine, server) -> {
            long free = server.cacheBytesFree();
            if (server.sessions() > 0 || free != swarm.cacheBytes(machine)) {
                held.add(machine + " has " + server.sessions() + " sessions and " + free + " free bytes");
            }
        });
        return held;
    }
}
