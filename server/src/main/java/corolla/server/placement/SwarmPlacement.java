package corolla.server.placement;

import corolla.p2p.PeerId;
import corolla.server.placement.PlacedServer.Readiness;
import corolla.swarm.ServerInfo;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import corolla.swarm.protocol.MoveSupport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Placement} that records of the DHT tell of. Pure.
 *
 * <p>A server that is moving announces two spans: the one that it claims, as joining, and what it still has, as online. It counts where it
 * will be: what it leaves must not be relied on. Until it has begun to leave, its claim can be contested: of two that claim at once, the one
 * whose name is less goes.
 */
public final class SwarmPlacement {
    private final Span range;
    private final Map<String, Holding> holdings = new LinkedHashMap<>();

    /** What one server announces, state by state. */
    private static final class Holding {
        @Nullable
        Span online;

        @Nullable
        Span joining;

        boolean hasLeft; // some of its blocks
        double throughput;
        Readiness readiness = Readiness.NEVER;

        void note(Span span, ServerInfo info) {
            switch (info.state()) {
                case OFFLINE -> hasLeft = true;
                case JOINING -> joining = span;
                case ONLINE -> online = span;
            }
            if (info.state() != ServerState.OFFLINE) {
                throughput = info.throughput();
                readiness = readiness(MoveSupport.of(info.details()));
            }
        }
    }

    private static Readiness readiness(MoveSupport support) {
        return switch (support) {
            case NONE -> Readiness.NEVER;
            case RESTING -> Readiness.FOR_HOLES;
            case READY -> Readiness.ALWAYS;
        };
    }

    private SwarmPlacement(Span range) {
        this.range = range;
    }

    /**
     * Reads records.
     *
     * @param gone servers that do not answer, whatever their records say
     */
    public static SwarmPlacement of(SwarmView view, Set<PeerId> gone) {
        var placement = new SwarmPlacement(view.range());
        for (int block = view.range().start(); block < view.range().end(); block++) {
            Span single = new Span(block, block + 1);
            view.servers(block).forEach((peer, info) -> {
                if (!gone.contains(peer)) {
                    placement
                            .holdings
                            .computeIfAbsent(peer.toBase58(), _ -> new Holding())
                            .note(announced(info, single), info);
                }
            });
        }
        return placement;
    }

    /** What a record says of its server's span, if that makes sense; else its own block. */
    private static Span announced(ServerInfo info, Span block) {
        Span span = info.details().span();
        return span == null || !span.contains(block) ? block : span;
    }

    /** All where they are or will be. */
    public Placement all() {
        return new Placement(range, placed(null, null));
    }

    /**
     * The same for a server that has made a claim and looks whether it may go: as if it had not, and without the claims of those who have to
     * give way to it.
     *
     * @param from where it is
     */
    public Placement contested(String self, Span from) {
        return new Placement(range, placed(self, from));
    }

    private List<PlacedServer> placed(@Nullable String self, @Nullable Span from) {
        var servers = new ArrayList<PlacedServer>();
        holdings.forEach((name, holding) -> {
            Span span = self != null && name.equals(self) ? from : where(name, holding, self);
            Span inside = span == null ? null : span.intersection(range).orElse(null);
            if (inside != null) {
                servers.add(new PlacedServer(name, inside, holding.throughput, holding.readiness));
            }
        });
        return servers;
    }

    private static @Nullable Span where(String name, Holding holding, @Nullable String self) {
        boolean givesWay = self != null && name.compareTo(self) > 0 && !holding.hasLeft && holding.online != null;
        return holding.joining == null || givesWay ? holding.online : holding.joining;
    }
}
