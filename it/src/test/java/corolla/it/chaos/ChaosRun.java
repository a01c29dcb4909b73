package corolla.it.chaos;

import corolla.base.Environment;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.swarm.SwarmException;
import java.io.IOException;
import java.lang.System.Logger.Level;
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
    private static final System.Logger LOG = System.getLogger(ChaosRun.class.getName());

    private static final int PROMPT_TOKENS = 8;

    /** Of all undisturbed answers together; a stock client starts slowly. */
    private static final Duration UNDISTURBED_TIME = Duration.ofMinutes(10);

    private final Environment environment;
    private final Clock clock;
    private final Swarm swarm;
    private final AnswerClient client;
    private final Settings settings;
    private final Progress progress;
    private final Set<Victim> down = Collections.synchronizedSet(new LinkedHashSet<>());

    /**
     * What is done.
     *
     * @param answers how many
     * @param tokens of each
     * @param period from one harm to the next
     * @param victims whom it may be
     * @param seed of prompts and of who is harmed
     * @param answerLimit after so long an answer is given up
     * @param limit of the time with harm: then the answer under way is given up
     */
    record Settings(
            Harm harm,
            int answers,
            int tokens,
            Duration period,
            Victims victims,
            long seed,
            Duration answerLimit,
            Duration limit) {}

    /** Who is harmed. */
    enum Victims {
        /** Any server. */
        ALL,
        /** Only those that the answer under way is using. */
        IN_USE
    }

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
            int harmsInUse,
            List<Timeline.Hit> hits) {}

    ChaosRun(Environment environment, Swarm swarm, AnswerClient client, Settings settings, Progress progress) {
        this.environment = environment;
        this.clock = environment.clock();
        this.swarm = swarm;
        this.client = client;
        this.settings = settings;
        this.progress = progress;
    }

    void run() throws IOException, InterruptedException {
        List<int[]> prompts = prompts();
        var alone = new Timeline(clock, client.blocks());
        Deadline end = Deadline.after(clock, UNDISTURBED_TIME);
        client.answer(prompts.getFirst(), settings.tokens, alone, end); // warms up
        long start = clock.nanoTime();
        var expected = new ArrayList<int[]>();
        for (int[] prompt : prompts) {
            expected.add(client.answer(prompt, settings.tokens, alone, end));
        }
        var timeline = new Timeline(clock, client.blocks());
        swarm.servers().forEach(server -> timeline.up(server.number, server.span));
        progress.begun(rate(prompts.size(), start), timeline);
        LOG.log(Level.INFO, "harm begins");
        try (TaskScope scope = environment.tasks().open("chaos")) {
            scope.run("harm", () -> keepHarming(scope, timeline));
            disturbed(prompts, expected, timeline);
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

    private void disturbed(List<int[]> prompts, List<int[]> expected, Timeline timeline) throws InterruptedException {
        Deadline end = Deadline.after(clock, settings.limit);
        for (int i = 0; i < prompts.size(); i++) {
            if (end.isOver(clock)) {
                progress.failed(
                        (prompts.size() - i) + " answers were not begun within " + settings.limit.toSeconds() + " s");
                return;
            }
            long start = clock.nanoTime();
            int hits = timeline.hits().size();
            String came = answer(i, prompts.get(i), expected.get(i), timeline, end);
            System.out.println(ChaosReport.answer(
                    i,
                    came,
                    (clock.nanoTime() - start) / 1e9,
                    timeline.hits().subList(hits, timeline.hits().size())));
        }
    }

    /** Returns what came of it. */
    private String answer(int number, int[] prompt, int[] expected, Timeline timeline, Deadline end)
            throws InterruptedException {
        try {
            Deadline late = Deadline.after(clock, settings.answerLimit).earlier(end);
            int[] ids = client.answer(prompt, settings.tokens, timeline, late);
            int differs = Arrays.mismatch(ids, expected);
            progress.finished(differs);
            return differs < 0 ? "equal" : "differs from token " + differs + " on";
        } catch (IOException | SwarmException e) {
            progress.failed("answer " + number + ": " + e.getMessage());
            return "not finished: " + e.getMessage();
        }
    }

    /** Until it is cancelled. */
    private void keepHarming(TaskScope scope, Timeline timeline) throws IOException, InterruptedException {
        var random = new Random(settings.seed + 1);
        while (true) {
            clock.sleep(settings.period);
            List<Victim> up = swarm.servers().stream()
                    .filter(server -> !down.contains(server) && isWorthIt(server))
                    .toList();
            if (up.isEmpty()) {
                continue;
            }
            Victim victim = up.get(random.nextInt(up.size()));
            down.add(victim);
            LOG.log(Level.INFO, "{0} server={1} peer={2}", settings.harm, victim.number, victim.peer());
            timeline.harmed(victim.number, victim.span, victim.peer(), client.used());
            victim.harm(settings.harm, random);
            scope.run("heal server " + victim.number, () -> heal(victim, timeline));
        }
    }

    private boolean isWorthIt(Victim server) {
        boolean isAny = settings.victims == Victims.ALL && !settings.harm.isOfAnswers();
        return isAny || client.used().contains(server.peer());
    }

    private void heal(Victim victim, Timeline timeline) throws IOException, InterruptedException {
        clock.sleep(settings.harm.lasts);
        victim.heal(settings.harm);
        victim.awaitReady();
        LOG.log(Level.INFO, "up again server={0}", victim.number);
        timeline.up(victim.number, victim.span);
        down.remove(victim);
    }
}
