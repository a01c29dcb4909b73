package corolla.client.routing;

import corolla.base.Environment;
import corolla.base.task.Gate;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.PeerId;
import corolla.swarm.NoRouteException;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a view of the swarm, measures round trips, remembers who failed, and gives routes. A task of its own reads the view anew every
 * update period, or when a route is wanted that the view does not have. Thread-safe; the owner closes it.
 */
public final class Router implements Routes, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Router.class.getName());

    private final Clock clock;
    private final ViewSource source;
    private final ServerPings pings;
    private final RoutingConfig config;
    private final TaskScope scope;
    private final RandomGenerator random; // guarded by gate: generators are confined

    private final Gate gate; // guards all below

    private final Bans bans;

    private @Nullable SwarmView view;

    private long viewNanoTime;

    private @Nullable IOException updateFailure;

    // Updates are numbered: which one somebody waits for, which one has begun, which one is done.
    private long updateWanted;

    private long updateBegun;

    private long updateDone;

    private Router(Environment environment, ViewSource source, Pinger pinger, RoutingConfig config) {
        this.clock = environment.clock();
        this.source = source;
        this.config = config;
        this.pings = new ServerPings(environment, pinger, config);
        this.random = environment.randoms().stream("client routing");
        this.gate = new Gate(clock);
        this.bans = new Bans(config.banTime());
        this.scope = environment.tasks().open("routing");
    }

    /** Starts the updating task; the first {@link #route} waits for the first view. */
    public static Router start(Environment environment, ViewSource source, Pinger pinger, RoutingConfig config) {
        var router = new Router(environment, source, pinger, config);
        router.scope.run("update", router::keepUpdated);
        return router;
    }

    @Override
    public Route route(Span wanted, RoutePolicy policy, Deadline deadline) throws IOException, InterruptedException {
        return find(wanted, policy, deadline, (view, now) -> RoutePlanner.fastest(view, pings.fresh(), wanted, now));
    }

    /** This router with routes that spread load over servers, for requests without a cache. */
    public Routes spreading() {
        return new Spreading();
    }

    private final class Spreading implements Routes {
        @Override
        public Route route(Span wanted, RoutePolicy policy, Deadline deadline)
                throws IOException, InterruptedException {
            return find(
                    wanted,
                    policy,
                    deadline,
                    (known, now) -> RoutePlanner.spread(known, pings.fresh(), wanted, now, random));
        }

        @Override
        public void failed(PeerId peer, String reason) {
            Router.this.failed(peer, reason);
        }

        @Override
        public void succeeded(PeerId peer) {
            Router.this.succeeded(peer);
        }

        @Override
        public boolean canRollBack(PeerId peer) {
            return Router.this.canRollBack(peer);
        }
    }

    /** The view in use, at most {@link RoutingConfig#viewAgeMax()} old. */
    public SwarmView view(Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            return freshView(deadline);
        } finally {
            gate.unlock();
        }
    }

    @Override
    public void failed(PeerId peer, String reason) {
        gate.lock();
        try {
            bans.failed(peer, reason, clock.nanoTime());
        } finally {
            gate.unlock();
        }
    }

    @Override
    public void succeeded(PeerId peer) {
        gate.lock();
        try {
            if (!bans.isEmpty()) {
                bans.succeeded(peer);
            }
        } finally {
            gate.unlock();
        }
    }

    @Override
    public boolean canRollBack(PeerId peer) {
        gate.lock();
        try {
            return view != null
                    && view.spans(ServerState.OFFLINE).stream()
                            .filter(server -> server.peer().equals(peer))
                            .anyMatch(
                                    server -> rollsBack(server.info().details().version()));
        } finally {
            gate.unlock();
        }
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
        scope.close();
    }

    /** Plans on a view without banned servers. Called with the gate held. */
    private interface Plan {
        Optional<Route> on(SwarmView view, RoutePolicy policy);
    }

    private Route find(Span wanted, RoutePolicy policy, Deadline deadline, Plan plan)
            throws IOException, InterruptedException {
        gate.lock();
        try {
            RoutePolicy unbanned = policy.excluding(union(policy.excluded(), bans.active(clock.nanoTime())));
            Optional<Route> route = plan.on(freshView(deadline), unbanned);
            if (route.isEmpty()) {
                awaitUpdate(deadline);
                route = plan.on(freshView(deadline), unbanned);
            }
            if (route.isEmpty()) {
                // A server that has failed is better than none.
                route = plan.on(freshView(deadline), policy);
            }
            return route.orElseThrow(() -> noRoute(wanted, policy));
        } finally {
            gate.unlock();
        }
    }

    private static Set<PeerId> union(Set<PeerId> one, Set<PeerId> other) {
        var all = new LinkedHashSet<>(one);
        all.addAll(other);
        return all;
    }

    // guarded by gate
    private SwarmView freshView(Deadline deadline) throws IOException, InterruptedException {
        if (isOutdated()) {
            awaitUpdate(deadline);
        }
        SwarmView known = view;
        if (known == null || isOutdated()) {
            throw new IOException(
                    "cannot read from the swarm who serves which blocks"
                            + (updateFailure == null ? "" : ": " + updateFailure.getMessage())
                            + "; is one of the initial peers up and reachable?",
                    updateFailure);
        }
        return known;
    }

    // guarded by gate
    private boolean isOutdated() {
        return view == null
                || clock.nanoTime() - viewNanoTime > config.viewAgeMax().toNanos();
    }

    /** Waits for an update that begins after now, or for the first one. */
    // guarded by gate
    private void awaitUpdate(Deadline deadline) throws IOException, InterruptedException {
        long awaited = updateDone == 0 ? 1 : updateBegun + 1;
        updateWanted = Math.max(updateWanted, awaited);
        gate.signalAll();
        while (updateDone < awaited) {
            if (!gate.await(deadline) && updateDone < awaited) {
                throw new DeadlineException("reading from the swarm who serves which blocks took too long");
            }
        }
    }

    // guarded by gate
    private NoRouteException noRoute(Span wanted, RoutePolicy policy) {
        SwarmView seen = view;
        if (seen == null) {
            throw new IllegalStateException("planned without a view");
        }
        List<Span> missing = seen.filter(peer -> !policy.excluded().contains(peer)).missing(ServerState.ONLINE).stream()
                .flatMap(span -> span.intersection(wanted).stream())
                .toList();
        return new NoRouteException(seen.prefix(), missing, seen(seen) + failed() + advice(seen, missing));
    }

    private static String seen(SwarmView view) {
        List<PeerSpan> servers = view.spans(ServerState.JOINING);
        if (servers.isEmpty()) {
            return "nobody in this swarm serves a model under that DHT prefix";
        }
        String listed = servers.stream()
                .limit(8)
                .map(server -> server.peer().shortForm() + " " + server.span()
                        + (server.info().state() == ServerState.JOINING ? " (still loading)" : ""))
                .collect(Collectors.joining(", "));
        return "servers seen: " + listed + (servers.size() > 8 ? " and " + (servers.size() - 8) + " more" : "");
    }

    // guarded by gate
    private String failed() {
        Map<PeerId, String> reasons = bans.reasons(clock.nanoTime());
        return reasons.isEmpty()
                ? ""
                : "; failed just now: "
                        + reasons.entrySet().stream()
                                .limit(4)
                                .map(entry -> entry.getKey().shortForm() + " (" + entry.getValue() + ")")
                                .collect(Collectors.joining(", "));
    }

    private static String advice(SwarmView view, List<Span> missing) {
        String blocks = missing.isEmpty() ? "" : " --block-indices " + missing.getFirst();
        return "; check the DHT prefix, wait for servers that are loading, or add one: corolla server MODEL"
                + " --initial-peers … --dht-prefix " + view.prefix() + blocks;
    }

    private void keepUpdated() throws InterruptedException {
        while (true) {
            long update = beginUpdate();
            try {
                SwarmView read = source.read(Deadline.after(clock, config.updateTimeout()))
                        .filter(config::isUsable);
                pings.measure(read);
                endUpdate(update, read, null);
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "swarm view not updated", e);
                endUpdate(update, null, e);
            }
        }
    }

    private long beginUpdate() throws InterruptedException {
        gate.lock();
        try {
            Deadline next = Deadline.after(clock, config.updatePeriod());
            while (updateDone > 0 && updateWanted <= updateDone && gate.await(next)) {
                // woken by somebody else's signal, or by a wish: look again
            }
            return ++updateBegun;
        } finally {
            gate.unlock();
        }
    }

    private void endUpdate(long update, @Nullable SwarmView read, @Nullable IOException failure) {
        gate.lock();
        try {
            if (read != null) {
                view = read;
                viewNanoTime = clock.nanoTime();
            }
            updateFailure = failure;
            updateDone = update;
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }
}
