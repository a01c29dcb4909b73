package corolla.it.chaos;

import corolla.base.Environment;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.swarm.SwarmException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * The same answers twice by the same swarm: left alone, and while a random server is harmed in each period. Confined, but for what harms.
 */
final class ChaosRun {
    private static final int PROMPT_TOKENS = 8;

    private final Environment environment;
    private final Clock clock;
    private final Swarm swarm;
    private final ModelClient client;
    private final Settings settings;
    private final Set<Victim> down = Collections.synchronizedSet(new LinkedHashSet<>());

    /**
     * What is done.
     *
     * @param answers how many
     * @param tokens of each
     * @param period from one harm to the next
     * @param seed of prompts and of who is harmed
     * @param limit after so long no further answer is begun
     */
    record Settings(Harm harm, int answers, int tokens, Duration period, long seed, Duration limit) {}

    /**
     * What came of it.
     *
     * @param equal answers with the tokens of the undisturbed ones
     * @param failures why answers did not finish
     * @param unequal at which token answers first differ, where they do
     */
    record Outcome(
            int finished,
            int equal,
            List<String> failures,
            List<Integer> unequal,
            double undisturbedTokensPerSecond,
            double tokensPerSecond,
            int harms,
            List<Timeline.Hit> hits) {}

    ChaosRun(Environment environment, Swarm swarm, ModelClient client, Settings settings) {
        this.environment = environment;
        this.clock = environment.clock();
        this.swarm = swarm;
        this.client = client;
        this.settings = settings;
    }

    Outcome run() throws IOException, InterruptedException {
        List<int[]> prompts = prompts();
        var alone = new Timeline(clock, client.blocks());
        client.answer(prompts.getFirst(), settings.tokens, alone); // warms up
        long start = clock.nanoTime();
        var expected = new ArrayList<int[]>();
        for (int[] prompt : prompts) {
            expected.add(client.answer(prompt, settings.tokens, alone));
        }
        double undisturbed = rate(prompts.size(), start);
        var timeline = new Timeline(clock, client.blocks());
        swarm.servers().forEach(server -> timeline.up(server.number, server.span));
        try (TaskScope scope = environment.tasks().open("chaos")) {
            scope.run("harm", () -> keepHarming(scope, timeline));
            return disturbed(prompts, expected, undisturbed, timeline);
        }
    }

    private double rate(int answers, long start) {
        return answers * settings.tokens / ((clock.nanoTime() - start) / 1e9);
    }

    private List<int[]> prompts() {
        var random = new Random(settings.seed);
        var prompts = new ArrayList<int[]>();
        for (int i = 0; i < settings.answers; i++) {
            prompts.add(random.ints(PROMPT_TOKENS, 3, client.vocabularySize()).toArray());
        }
        return prompts;
    }

    private Outcome disturbed(List<int[]> prompts, List<int[]> expected, double undisturbed, Timeline timeline)
            throws InterruptedException {
        var failures = new ArrayList<String>();
        var unequal = new ArrayList<Integer>();
        int finished = 0;
        long start = clock.nanoTime();
        for (int i = 0; i < prompts.size(); i++) {
            if (clock.nanoTime() - start > settings.limit.toNanos()) {
                failures.add(
                        (prompts.size() - i) + " answers were not begun within " + settings.limit.toSeconds() + " s");
                break;
            }
            System.err.printf("answer %d, after %.1f s%n", i, (clock.nanoTime() - start) / 1e9);
            try {
                int[] ids = client.answer(prompts.get(i), settings.tokens, timeline);
                finished++;
                if (!Arrays.equals(ids, expected.get(i))) {
                    unequal.add(Arrays.mismatch(ids, expected.get(i)));
                }
            } catch (IOException | SwarmException e) {
                failures.add("answer " + i + ": " + e.getMessage());
            }
        }
        double rate = rate(finished, start);
        return new Outcome(
                finished,
                finished - unequal.size(),
                failures,
                unequal,
                undisturbed,
                rate,
                timeline.harms(),
                timeline.hits());
    }

    /** Until it is cancelled. */
    private void keepHarming(TaskScope scope, Timeline timeline) throws IOException, InterruptedException {
        var random = new Random(settings.seed + 1);
        while (true) {
            clock.sleep(settings.period);
            List<Victim> up = swarm.servers().stream()
                    .filter(server -> !down.contains(server))
                    .toList();
            if (up.isEmpty()) {
                continue;
            }
            Victim victim = up.get(random.nextInt(up.size()));
            down.add(victim);
            timeline.harmed(victim.number, victim.span, victim.peer(), client.used());
            victim.harm(settings.harm);
            scope.run("heal server " + victim.number, () -> heal(victim, timeline));
        }
    }

    private void heal(Victim victim, Timeline timeline) throws IOException, InterruptedException {
        clock.sleep(settings.harm.lasts);
        victim.heal(settings.harm);
        victim.awaitReady();
        timeline.up(victim.number, victim.span);
        down.remove(victim);
    }
}
