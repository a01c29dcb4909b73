package corolla.it.chaos;

import corolla.base.time.Clock;
import corolla.it.chaos.ChaosRun.Outcome;
import corolla.it.chaos.ChaosRun.Settings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has come of a run so far. Thread-safe: who is told to stop tells it while somebody else still answers. */
final class Progress {
    private final Clock clock;
    private final int tokens;
    private final List<String> failures = new ArrayList<>();
    private final List<Integer> unequal = new ArrayList<>();
    private int finished;
    private double undisturbed;
    private long begunNanoTime;
    private @Nullable Timeline timeline;

    Progress(Clock clock, Settings settings) {
        this.clock = clock;
        this.tokens = settings.tokens();
    }

    /** From now on servers are harmed. */
    synchronized void begun(double undisturbedTokensPerSecond, Timeline harmed) {
        undisturbed = undisturbedTokensPerSecond;
        timeline = harmed;
        begunNanoTime = clock.nanoTime();
    }

    /** @param differs the first token that is not that of the undisturbed answer; -1 when all are */
    synchronized void finished(int differs) {
        finished++;
        if (differs >= 0) {
            unequal.add(differs);
        }
    }

    synchronized void failed(String why) {
        failures.add(why);
    }

    /** Seconds since servers are harmed. */
    synchronized double seconds() {
        return (clock.nanoTime() - begunNanoTime) / 1e9;
    }

    synchronized Outcome outcome() {
        Timeline harmed = timeline;
        return new Outcome(
                finished,
                finished - unequal.size(),
                List.copyOf(failures),
                List.copyOf(unequal),
                undisturbed,
                harmed == null ? 0 : finished * tokens / seconds(),
                harmed == null ? 0 : harmed.harms(),
                harmed == null ? 0 : harmed.harmsInUse(),
                harmed == null ? List.of() : harmed.hits());
    }
}
