package corolla.client.forward;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.client.routing.Failure;
import corolla.client.routing.Hop;
import corolla.client.routing.Route;
import corolla.client.routing.RoutePolicy;
import corolla.client.routing.Routes;
import corolla.client.session.SessionConfig;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.RemoteException;
import corolla.swarm.NoRouteException;
import corolla.swarm.RequestRefusedException;
import corolla.swarm.SessionLostException;
import corolla.swarm.Span;
import corolla.swarm.protocol.Refusals;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What went wrong with one micro-batch, and what follows. A server that failed is banned for a while; one that refused the request is well
 * and is not banned, but is not asked for this micro-batch again. Confined.
 */
final class Attempts {
    private final Clock clock;
    private final Routes routes;
    private final SessionConfig config;
    private final String what;
    private final RoutePolicy policy;
    private final List<String> failures = new ArrayList<>();
    private final Set<PeerId> refusing = new LinkedHashSet<>();
    private String refusal = "";
    private Duration paused = Duration.ZERO;
    private boolean hasLostSome;

    /**
     * @param what is attempted: "forward" or "backward"
     * @param adapter LoRA adapter that servers must have; empty for the plain model
     */
    Attempts(Clock clock, Routes routes, SessionConfig config, String what, String adapter) {
        this.clock = clock;
        this.routes = routes;
        this.config = config;
        this.what = what;
        this.policy = RoutePolicy.forSession(0).adapted(adapter);
    }

    /**
     * Servers for some blocks. Where the last one has been lost, or one is loading, it is waited for, within {@link SessionConfig#patience()}.
     *
     * @throws NoRouteException when some block has no server
     * @throws RequestRefusedException when all that could be asked refuse
     */
    List<Hop> plan(Span span, Deadline deadline) throws IOException, InterruptedException {
        while (true) {
            try {
                Route route = routes.route(span, policy.excluding(refusing), deadline);
                return route.hops();
            } catch (NoRouteException none) {
                if (!refusing.isEmpty()) {
                    throw new RequestRefusedException(
                            what + " of blocks " + span + " refused by all servers that have them: " + refusal, none);
                }
                if (!(hasLostSome || none.isComing()) || isEnough(deadline)) {
                    throw none;
                }
                failures.add(String.valueOf(none.getMessage()));
                pause(deadline);
            }
        }
    }

    private boolean isEnough(Deadline deadline) {
        return failures.size() >= config.attemptsMax()
                || paused.compareTo(config.patience()) >= 0
                || deadline.isOver(clock);
    }

    private void pause(Deadline deadline) throws InterruptedException {
        Duration backoff = config.backoff(failures.size());
        Duration left = deadline.remaining(clock);
        long start = clock.nanoTime();
        routes.pause(backoff.compareTo(left) < 0 ? backoff : left);
        paused = paused.plusNanos(clock.nanoTime() - start);
    }

    /** A server has done its part. */
    void succeeded(Hop hop) {
        routes.succeeded(hop.peer());
        failures.clear();
        paused = Duration.ZERO;
    }

    /** Draws the consequences of a failure and pauses; throws when it is time to give up. */
    void failed(Hop hop, IOException failure, Deadline deadline) throws IOException, InterruptedException {
        String reason = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        if (deadline.isOver(clock)) {
            throw failure;
        }
        if (failure instanceof RemoteException remote && Refusals.blamesRequest(remote.text())) {
            refusal = reason + config.codecs().on(hop.peer()).advice(reason);
            if (!refusing.add(hop.peer())) {
                throw new RequestRefusedException(what + " refused twice: " + refusal, failure);
            }
            return;
        }
        failures.add(hop + ": " + reason);
        hasLostSome = true;
        routes.failed(hop.peer(), Failure.of(failure));
        if (isEnough(deadline)) {
            throw new SessionLostException(
                    what + " given up after " + failures.size() + " attempts: "
                            + String.join("; ", failures.stream().distinct().toList()),
                    0,
                    failure);
        }
        pause(deadline);
    }

    /** How long one answer may take. */
    Deadline answerBy(Deadline deadline) {
        return Deadline.after(clock, config.requestTimeout()).earlier(deadline);
    }
}
