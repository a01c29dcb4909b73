package corolla.client.routing;

import corolla.base.Environment;
import corolla.base.task.Gate;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.PeerId;
import corolla.swarm.ServerDetails;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import corolla.swarm.protocol.DrainNotice;
import corolla.swarm.protocol.PushSupport;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Gives routes over the servers of the latest view, by measured round trips and observed speed, and remembers who failed. A failure wishes a
 * fresh view; servers that could not be reached are pinged until they answer. Thread-safe; the owner closes it.
 */
public final class Router implements Routes, AutoCloseable {
    /** How long a route that has only failed servers left waits for a fresh view with others. */
    private static final Duration SECOND_LOOK = Duration.ofSeconds(1);

    private final Clock clock;
    private final ViewKeeper views;
    private final ServerPings pings;
    private final TaskScope scope;

    private final BanKeeper bans;
    private final Gate gate; // guards all below
    private final Latencies blockTimes = new Latencies();
    private final RandomGenerator random;

    private Router(Environment environment, ViewSource source, Pinger pinger, RoutingConfig config) {
        this.clock = environment.clock();
        this.pings = new ServerPings(environment, pinger, config);
        this.views = new ViewKeeper(environment, source, pings, config);
        this.random = environment.randoms().stream("client routing");
        this.gate = new Gate(clock);
        this.bans = new BanKeeper(environment, pings, config.banTime());
        this.scope = environment.tasks().open("routing");
    }

    /** Starts the updating task; the first {@link #route} waits for the first view. */
    public static Router start(Environment environment, ViewSource source, Pinger pinger, RoutingConfig config) {
        var router = new Router(environment, source, pinger, config);
        router.views.start();
        router.bans.start(router.scope);
        return router;
    }

    @Override
    public Route route(Span wanted, RoutePolicy policy, Deadline deadline) throws IOException, InterruptedException {
        return find(wanted, policy, deadline, (view, now) -> RoutePlanner.fastest(view, measured(), wanted, now));
    }

    @Override
    public Optional<Route> instead(PeerId leaving, Span wanted, RoutePolicy policy) {
        views.wish();
        SwarmView view = views.latest();
        if (view == null) {
            return Optional.empty();
        }
        Set<PeerId> excluded = new LinkedHashSet<>(unbanned(policy).excluded());
        excluded.add(leaving);
        return RoutePlanner.fastest(view, measured(), wanted, policy.excluding(excluded));
    }

    /** The route that a session would take now, and why. */
    public RouteExplanation explain(Span wanted, RoutePolicy policy, Deadline deadline)
            throws IOException, InterruptedException {
        return find(wanted, policy, deadline, (view, now) -> {
            var facts = new RouteExplanation.Facts(view, measured(), now, bans.reasons());
            return RoutePlanner.fastest(view, facts.measured(), wanted, now)
                    .map(route -> RouteExplanation.ofFastest(facts, route));
        });
    }

    /** A route that a batch for training could take now, and why. */
    public RouteExplanation explainSpreading(Span wanted, RoutePolicy policy, Deadline deadline)
            throws IOException, InterruptedException {
        return find(wanted, policy, deadline, (view, now) -> {
            var facts = new RouteExplanation.Facts(view, measured(), now, bans.reasons());
            return spread(view, facts.measured(), wanted, now).map(route -> RouteExplanation.ofSpread(facts, route));
        });
    }

    private Optional<Route> spread(SwarmView view, Measurements measured, Span wanted, RoutePolicy policy) {
        gate.lock(); // generators are confined
        try {
            return RoutePlanner.spread(view, measured, wanted, policy, random);
        } finally {
            gate.unlock();
        }
    }

    /** This router with routes that spread load over servers, for requests without a cache. */
    public Routes spreading() {
        return new Spreading();
    }

    private final class Spreading implements Routes {
        @Override
        public Route route(Span wanted, RoutePolicy policy, Deadline deadline)
                throws IOException, InterruptedException {
            return find(wanted, policy, deadline, (view, now) -> spread(view, measured(), wanted, now));
        }

        @Override
        public void failed(PeerId peer, Failure failure) {
            Router.this.failed(peer, failure);
        }

        @Override
        public void succeeded(PeerId peer) {
            Router.this.succeeded(peer);
        }

        @Override
        public void stepped(Hop hop, Duration time) {
            Router.this.stepped(hop, time);
        }

        @Override
        public void pause(Duration longest) throws InterruptedException {
            Router.this.pause(longest);
        }

        @Override
        public boolean canRollBack(PeerId peer) {
            return Router.this.canRollBack(peer);
        }

        @Override
        public boolean canPush(PeerId peer) {
            return Router.this.canPush(peer);
        }

        @Override
        public boolean givesDrainNotices(PeerId peer) {
            return Router.this.givesDrainNotices(peer);
        }

        @Override
        public Optional<Route> instead(PeerId leaving, Span wanted, RoutePolicy policy) {
            return Router.this.instead(leaving, wanted, policy);
        }
    }

    /** The view in use, at most {@link RoutingConfig#viewAgeMax()} old. */
    public SwarmView view(Deadline deadline) throws IOException, InterruptedException {
        return views.fresh(deadline);
    }

    @Override
    public void failed(PeerId peer, Failure failure) {
        bans.failed(peer, failure);
        if (failure.kind() != Failure.Kind.REQUEST) {
            views.wish();
        }
    }

    @Override
    public void succeeded(PeerId peer) {
        bans.succeeded(peer);
    }

    @Override
    public void stepped(Hop hop, Duration time) {
        double way = pings.seconds(hop.peer());
        double blocks = Math.max(0, time.toNanos() / 1e9 - way - RouteCosts.OVERHEAD_SECONDS);
        gate.lock();
        try {
            blockTimes.measured(hop.peer(), blocks / hop.span().length(), clock.nanoTime());
        } finally {
            gate.unlock();
        }
    }

    private Measurements measured() {
        gate.lock();
        try {
            return new Measurements(pings.fresh(), blockTimes.fresh(clock.nanoTime()));
        } finally {
            gate.unlock();
        }
    }

    @Override
    public boolean canRollBack(PeerId peer) {
        return announces(peer, details -> rollsBack(details.version()));
    }

    @Override
    public boolean canPush(PeerId peer) {
        return announces(peer, PushSupport::isAnnounced);
    }

    @Override
    public boolean givesDrainNotices(PeerId peer) {
        return announces(peer, DrainNotice::isAnnounced);
    }

    private boolean announces(PeerId peer, Predicate<ServerDetails> fact) {
        SwarmView view = views.latest();
        return view != null
                && view.spans(ServerState.OFFLINE).stream()
                        .filter(server -> server.peer().equals(peer))
                        .anyMatch(server -> fact.test(server.info().details()));
    }

    /** Petals 2.2 ignores the position that a step names; 2.3 obeys it. */
    static boolean rollsBack(@Nullable String version) {
        if (version == null) {
            return false;
        }
        String[] parts = version.split("\\.", 3);
        try {
            return parts.length >= 2 && Integer.parseInt(parts[0]) * 1000 + Integer.parseInt(parts[1]) >= 2003;
        } catch (NumberFormatException unknown) {
            return false;
        }
    }

    @Override
    public void close() {
        views.close();
        scope.close();
    }

    /** Plans on a view without the servers that the policy excludes. */
    private interface Plan<T> {
        Optional<T> on(SwarmView view, RoutePolicy policy);
    }

    private <T> T find(Span wanted, RoutePolicy policy, Deadline deadline, Plan<T> plan)
            throws IOException, InterruptedException {
        SwarmView seen = views.fresh(deadline);
        Optional<T> route = plan.on(seen, unbanned(policy));
        if (route.isPresent()) {
            return route.get();
        }
        // A server that has failed is better than none, but not one that is pinged all the time and does not answer.
        boolean hasFailedOnes = plan.on(seen, unawaited(policy)).isPresent();
        if (!hasFailedOnes && plan.on(seen, policy).isPresent()) {
            views.wish();
            throw NoRouteMessage.of(seen, wanted, unawaited(policy), bans.reasons());
        }
        secondLook(hasFailedOnes, deadline); // a new one may have come
        SwarmView view = views.fresh(deadline);
        return plan.on(view, unbanned(policy))
                .or(() -> plan.on(view, unawaited(policy)))
                .orElseThrow(() -> NoRouteMessage.of(view, wanted, unawaited(policy), bans.reasons()));
    }

    private void secondLook(boolean hasFailedOnes, Deadline deadline) throws IOException, InterruptedException {
        if (!hasFailedOnes) {
            views.awaitUpdate(deadline);
            return;
        }
        try {
            views.awaitUpdate(Deadline.after(clock, SECOND_LOOK).earlier(deadline));
        } catch (DeadlineException slow) {
            views.wish(); // the known ones have to do for now
        }
    }

    private RoutePolicy unbanned(RoutePolicy policy) {
        return without(bans.active(), policy);
    }

    /** Without those whose answer to a ping is waited for. */
    private RoutePolicy unawaited(RoutePolicy policy) {
        return without(bans.awaited(), policy);
    }

    private static RoutePolicy without(Set<PeerId> peers, RoutePolicy policy) {
        Set<PeerId> all = new LinkedHashSet<>(policy.excluded());
        all.addAll(peers);
        return policy.excluding(all);
    }

    @Override
    public void pause(Duration longest) throws InterruptedException {
        bans.pause(longest);
    }
}
