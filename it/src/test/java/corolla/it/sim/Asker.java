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
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * One user: asks, compares with what one process alone answers, thinks, asks again. An answer may be refused with one clear error; it may
 * neither be wrong nor stand still beyond its deadlines. One task's.
 */
final class Asker {
    /** No wait of a client may be longer: a step's own deadline, and some slack for threads to come to their turn. */
    private static final Duration STEP_TIME = Duration.ofMinutes(2);

    private static final Duration SLACK = Duration.ofSeconds(5);

    private final SimulatedWorld world;
    private final TinyModel model;
    private final RemoteModel client;
    private final SimulatedNode machine;
    private final Tally tally;
    private final Wellness wellness;
    private long last; // nanoseconds: when it last got on

    Asker(
            SimulatedWorld world,
            TinyModel model,
            RemoteModel client,
            SimulatedNode machine,
            Tally tally,
            Wellness wellness) {
        this.world = world;
        this.model = model;
        this.client = client;
        this.machine = machine;
        this.tally = tally;
        this.wellness = wellness;
    }

    /** Asks until time is over. */
    void askUntil(long endNanos, Questions questions, Duration thinkMax) throws InterruptedException {
        RandomGenerator random = world.randoms().stream("asks of " + machine.name());
        while (true) {
            Duration think = Duration.ofNanos(random.nextLong(thinkMax.toNanos()));
            if (world.clock().nanoTime() + think.toNanos() > endNanos) {
                return;
            }
            world.clock().sleep(think);
            ask(questions.draw(random));
        }
    }

    void ask(Questions.Wanted wanted) throws InterruptedException {
        last = world.clock().nanoTime();
        try {
            int[] ids = answer(wanted);
            progress();
            assertThat(ids).as("answer to %s", machine).containsExactly(wanted.answer());
            tally.right(ids.length);
        } catch (SwarmException | IOException e) {
            progress();
            String why = e.getClass().getSimpleName() + ": " + e.getMessage();
            assertThat(e.getMessage()).as("message of %s", e.getClass()).isNotBlank();
            world.note("refused: " + why);
            tally.refused(
                    machine + " at " + world.clock().nanoTime() / 1_000_000 + " ms: " + why, wellness.isWell(machine));
        }
    }

    private int[] answer(Questions.Wanted wanted) throws IOException, InterruptedException {
        int count = wanted.answer().length;
        int tokensMax = wanted.prompt().length + count;
        RemoteSession blocks = client.open(1, tokensMax, world.within(STEP_TIME));
        GenerationListener listener = (_, _) -> {
            progress();
            return true;
        };
        try (ModelSession session =
                new ModelSession(model.local().ends(), machine.environment().team(), blocks, tokensMax)) {
            return new Generation(world.clock(), STEP_TIME)
                    .run(session, GenerationRequest.greedy(wanted.prompt(), count), TextDecoder.none(), listener)
                    .ids();
        }
    }

    private void progress() {
        long now = world.clock().nanoTime();
        long pause = now - last;
        last = now;
        tally.pause(pause);
        assertThat(Duration.ofNanos(pause))
                .as("pause of %s until %d ms", machine, now / 1_000_000)
                .isLessThan(STEP_TIME.plus(SLACK));
    }
}
