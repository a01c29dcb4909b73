package corolla.client.session;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.client.routing.Failure;
import corolla.client.routing.Hop;
import corolla.client.routing.Routes;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.RemoteException;
import corolla.swarm.NoRouteException;
import corolla.swarm.RequestRefusedException;
import corolla.swarm.SessionLostException;
import corolla.swarm.Span;
import corolla.swarm.SwarmException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What has gone wrong in one step, and when it is enough. Confined to its session. */
final class StepFailures {
    private static final System.Logger LOG = System.getLogger(InferenceSession.class.getName());

    /** So many servers that say the same of a request are believed. */
    private static final int WITNESSES = 3;

    private static final Pattern TIME = Pattern.compile("\\b[0-9]+ m?s\\b");

    /** Failures told in one message. */
    private static final int TOLD_MAX = 8;

    /** Pauses that are together worth telling. */
    private static final Duration LONG_PAUSE = Duration.ofSeconds(1);

    private final Clock clock;
    private final Routes routes;
    private final SessionConfig config;
    private final Deadline deadline;
    private final int position;
    private final List<String> failures = new ArrayList<>();
    private final Map<String, Set<PeerId>> complaints = new LinkedHashMap<>(); // bounded by attemptsMax
    private Duration paused = Duration.ZERO;
    private @Nullable Exception last;
    private boolean isTold;
    private long firstNanoTime; // of the first failure

    /** @param position of the session, at which it stays when the step is given up */
    StepFailures(SessionParts parts, Deadline deadline, int position) {
        this.clock = parts.clock();
        this.routes = parts.routes();
        this.config = parts.config();
        this.deadline = deadline;
        this.position = position;
    }

    /**
     * Notes a failure of a server.
     *
     * @throws SwarmException when it is enough, or the request's own fault
     * @throws DeadlineException when the step's time is over
     */
    void add(Hop hop, IOException failure, Failure judged) throws DeadlineException {
        if (judged.kind() == Failure.Kind.REQUEST || isAgreed(hop, failure)) {
            String advice = config.codecs().on(hop.peer()).advice(judged.reason());
            throw new RequestRefusedException(hop + " refuses the request: " + judged.reason() + advice, failure);
        }
        note(hop + ": " + judged.reason(), failure);
        check();
    }

    /** A server has done its part: what others said was not about the request, or is over. */
    void forgetComplaints() {
        complaints.clear();
    }

    int count() {
        return failures.size();
    }

    /** Whether enough servers complain in the same words; figures in them may differ. */
    private boolean isAgreed(Hop hop, IOException failure) {
        if (!(failure instanceof RemoteException remote) || Failure.of(failure).kind() != Failure.Kind.BROKEN) {
            return false;
        }
        Set<PeerId> witnesses =
                complaints.computeIfAbsent(remote.text().replaceAll("[0-9]+", "#"), _ -> new LinkedHashSet<>());
        witnesses.add(hop.peer());
        return witnesses.size() >= WITNESSES;
    }

    /** Notes that some blocks have no server, or nobody could tell who serves them. */
    void addNoRoute(Exception failure) throws DeadlineException {
        String message = failure.getMessage();
        note(message == null ? failure.getClass().getSimpleName() : message, failure);
        check();
    }

    /** The step has been done; that it has gone wrong before is history. */
    void survived() {
        if (!failures.isEmpty()) {
            long micros = (clock.nanoTime() - firstNanoTime) / 1000;
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "session goes on token={0} failures={1} micros={2}",
                    position,
                    failures.size(),
                    micros);
        }
    }

    private void note(String text, Exception failure) {
        if (failures.isEmpty()) {
            firstNanoTime = clock.nanoTime();
        }
        failures.add(text);
        last = failure;
    }

    private void check() throws DeadlineException {
        if (deadline.isOver(clock)) {
            var late = new DeadlineException("no answer in time at token " + position + ": " + all());
            if (last != null) {
                late.addSuppressed(last);
            }
            throw late;
        }
        if (paused.compareTo(config.patience()) < 0 && failures.size() < config.attemptsMax()) {
            return;
        }
        if (last instanceof NoRouteException nobody) {
            throw nobody;
        }
        throw lost("after " + failures.size() + " attempts");
    }

    /** The session cannot go on. */
    SessionLostException lost(String why) {
        return new SessionLostException("session lost at token " + position + " " + why + ": " + all(), position, last);
    }

    /** Gives the swarm time, more after each failure and none after the first, before others are looked for. */
    void pause(Span lost) throws IOException, InterruptedException {
        Duration pause = shorter(config.backoff(failures.size()), deadline.remaining(clock));
        if (paused.plus(pause).compareTo(LONG_PAUSE) >= 0 && !isTold) {
            isTold = true;
            LOG.log(
                    System.Logger.Level.INFO,
                    "no server for blocks {0} answers; waiting for one for up to {1}: {2}",
                    lost,
                    config.patience(),
                    failures.getLast());
        }
        long start = clock.nanoTime();
        routes.pause(pause);
        paused = paused.plusNanos(clock.nanoTime() - start);
        check();
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private String all() {
        Map<String, String> told = new LinkedHashMap<>(); // failures that differ in a time only are told once
        failures.forEach(failure -> told.putIfAbsent(TIME.matcher(failure).replaceAll("#"), failure));
        String all = told.values().stream().limit(TOLD_MAX).collect(Collectors.joining("; "));
        return told.size() <= TOLD_MAX ? all : all + "; and " + (told.size() - TOLD_MAX) + " more";
    }
}
