package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.client.ModelSession;
import corolla.client.RemoteModel;
import corolla.client.RemoteModel.RemoteSession;
import corolla.client.generation.Generation;
import corolla.client.generation.GenerationListener;
import corolla.client.generation.GenerationRequest;
import corolla.client.generation.TextDecoder;
import corolla.swarm.SwarmException;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A swarm with more harm than any should have: servers crash and come back, and machines fall silent, all the time and by chance. An
 * answer may fail, with one clear error; it may never be wrong, and never hang. Many seeds: {@code ./mvnw test -Psim}.
 */
@Tag("sim-long")
class SwarmSimulationLongTest {
    private static final int SEEDS = 100;
    private static final int TOKENS = 40;

    @TempDir
    private Path folder = Path.of("set by JUnit");

    @Test
    void answersAreRightOrRefusedAndNeverHang() throws IOException {
        int[] answered = new int[1];
        try (TinyModel model = new TinyModel(folder)) {
            for (long seed = 0; seed < SEEDS; seed++) {
                SimulatedWorld.run(seed, world -> answered[0] += live(world, model));
            }
        }
        assertThat(answered[0]).as("answers of " + SEEDS + " swarms").isGreaterThan(SEEDS);
    }

    /** Asks again and again while harm is done; tells how many answers came. */
    private static int live(SimulatedWorld world, TinyModel model) throws IOException, InterruptedException {
        SimulatedSwarm swarm = new SimulatedSwarm(world, model);
        List<SimulatedNode> machines = new ArrayList<>();
        for (int[] span : new int[][] {{0, 3}, {0, 3}, {3, 6}, {3, 6}, {0, 6}, {2, 5}}) {
            String name = "server" + machines.size();
            swarm.server(name, span[0], span[1]);
            machines.add(world.node(name));
        }
        RemoteModel client = swarm.client("client");
        world.tasks().open("fate").run("fate", () -> harm(world, swarm, machines));
        int answered = 0;
        for (int i = 0; i < 4; i++) {
            int[] prompt = {1, 5 + i, 90, 17 * i};
            try {
                int[] ids = answer(world, model, client, prompt);
                assertThat(ids).containsExactly(model.greedy(prompt, TOKENS));
                answered++;
            } catch (SwarmException | IOException e) {
                assertThat(e.getMessage()).isNotBlank();
                world.note("refused: " + e.getMessage());
            }
        }
        return answered;
    }

    private static int[] answer(SimulatedWorld world, TinyModel model, RemoteModel client, int[] prompt)
            throws IOException, InterruptedException {
        int tokensMax = prompt.length + TOKENS;
        RemoteSession blocks = client.open(1, tokensMax, world.within(Duration.ofMinutes(5)));
        try (ModelSession session =
                new ModelSession(model.local().ends(), world.environment().team(), blocks, tokensMax)) {
            return new Generation(world.clock(), Duration.ofMinutes(10))
                    .run(
                            session,
                            GenerationRequest.greedy(prompt, TOKENS),
                            TextDecoder.none(),
                            GenerationListener.silent())
                    .ids();
        }
    }

    /** Starts a crashed server again; that may fail as long as ways are cut, and is tried again later. */
    private static void restart(SimulatedWorld world, SimulatedSwarm swarm, SimulatedNode machine)
            throws InterruptedException {
        try {
            swarm.restart(machine);
        } catch (IOException e) {
            world.note("did not start: " + e.getMessage());
            machine.crash();
        }
    }

    private static void harm(SimulatedWorld world, SimulatedSwarm swarm, List<SimulatedNode> machines)
            throws InterruptedException {
        RandomGenerator fate = world.randoms().stream("fate");
        while (true) {
            world.clock().sleep(Duration.ofMillis(fate.nextLong(100, 3000)));
            SimulatedNode machine = machines.get(fate.nextInt(machines.size()));
            switch (fate.nextInt(4)) {
                case 0 -> world.network().cut(machine, machines.get(fate.nextInt(machines.size())));
                case 1 -> world.network().cut(machine, world.node("client"));
                case 2 -> world.network().mend();
                default -> {
                    if (machine.isUp()) {
                        machine.crash();
                    } else {
                        restart(world, swarm, machine);
                    }
                }
            }
        }
    }
}
