package corolla.client.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.RealEnvironment;
import corolla.base.time.Deadline;
import corolla.client.FakeSwarm;
import corolla.p2p.PeerId;
import corolla.swarm.NoRouteException;
import corolla.swarm.Span;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With real threads and a real clock; nothing here waits for time to pass. */
class RouterTest {
    private static final RoutePolicy ANY = RoutePolicy.forSession(0);
    private static final Span ALL = new Span(0, 10);

    private final RealEnvironment real = RealEnvironment.create(1);
    private final FakeSwarm swarm = new FakeSwarm(10);
    private final AtomicInteger reads = new AtomicInteger();

    @AfterEach
    void close() {
        real.close();
    }

    private Router start(ViewSource source) {
        return start(source, RoutingConfig.defaults());
    }

    private Router start(ViewSource source, RoutingConfig config) {
        return Router.start(real.environment(), source, (peer, deadline) -> Duration.ofMillis(1), config);
    }

    private Deadline soon() {
        return Deadline.after(real.environment().clock(), Duration.ofSeconds(20));
    }

    private List<PeerId> peers(Router router) throws Exception {
        return router.route(ALL, ANY, soon()).hops().stream().map(Hop::peer).toList();
    }

    @Test
    void firstRouteWaitsForTheFirstView() throws Exception {
        swarm.add(1, 0, 10);
        try (Router router = start(deadline -> swarm.view())) {
            assertThat(peers(router)).containsExactly(FakeSwarm.peer(1));
        }
    }

    @Test
    void failedServerIsAvoidedAtOnceAndUsedWhenThereIsNoOther() throws Exception {
        swarm.add(1, 0, 10);
        swarm.add(2, 0, 10);
        try (Router router = start(deadline -> swarm.view())) {
            PeerId first = peers(router).getFirst();
            router.failed(first, new Failure(Failure.Kind.BROKEN, "lost"));
            assertThat(peers(router)).hasSize(1).doesNotContain(first);
            PeerId second = peers(router).getFirst();
            router.failed(second, new Failure(Failure.Kind.BROKEN, "lost too"));
            assertThat(peers(router)).hasSize(1);
            router.succeeded(second);
            assertThat(peers(router)).containsExactly(second);
        }
    }

    @Test
    void serverThatCouldNotBeReachedIsLeftAloneUntilItAnswersAPing() throws Exception {
        swarm.add(1, 0, 10);
        var isUp = new AtomicBoolean(true);
        Pinger pinger = (peer, deadline) -> {
            if (!isUp.get()) {
                throw new IOException("no answer");
            }
            return Duration.ofMillis(1);
        };
        try (Router router =
                Router.start(real.environment(), deadline -> swarm.view(), pinger, RoutingConfig.defaults())) {
            assertThat(peers(router)).hasSize(1);
            isUp.set(false);
            router.failed(FakeSwarm.peer(1), new Failure(Failure.Kind.UNREACHABLE, "connection reset"));
            assertThatThrownBy(() -> peers(router))
                    .isInstanceOfSatisfying(
                            NoRouteException.class,
                            e -> assertThat(e.isComing()).isTrue())
                    .hasMessageContaining("connection reset");
            isUp.set(true);
            assertThat(peersOnceThereAreSome(router)).containsExactly(FakeSwarm.peer(1));
        }
    }

    private List<PeerId> peersOnceThereAreSome(Router router) throws Exception {
        while (true) {
            try {
                return peers(router);
            } catch (NoRouteException notYet) {
                router.pause(Duration.ofMillis(100));
            }
        }
    }

    @Test
    void missingBlocksAreLookedForAnewBeforeGivingUp() throws Exception {
        swarm.add(1, 0, 5);
        ViewSource source = deadline -> {
            if (reads.incrementAndGet() == 2) {
                swarm.add(2, 5, 10);
            }
            return swarm.view();
        };
        try (Router router = start(source)) {
            assertThat(peers(router)).containsExactly(FakeSwarm.peer(1), FakeSwarm.peer(2));
        }
    }

    @Test
    void noRouteNamesWhatIsMissingWhoIsThereAndWhatToDo() {
        swarm.add(1, 0, 5);
        try (Router router = start(deadline -> swarm.view())) {
            router.failed(FakeSwarm.peer(1), new Failure(Failure.Kind.BROKEN, "connection refused"));
            assertThatThrownBy(() -> router.route(ALL, ANY, soon()))
                    .isInstanceOfSatisfying(
                            NoRouteException.class, e -> assertThat(e.missing()).containsExactly(new Span(5, 10)))
                    .hasMessageContaining("no server for blocks 5:10 of fake")
                    .hasMessageContaining(FakeSwarm.peer(1).shortForm() + " 0:5")
                    .hasMessageContaining("connection refused")
                    .hasMessageContaining("corolla server MODEL")
                    .hasMessageContaining("--block-indices 5:10");
        }
    }

    @Test
    void routesGoOverServersThatHaveTheAdapter() throws Exception {
        swarm.add(1, 0, 10);
        swarm.add(2, 0, 10).adapters = List.of("cats");
        try (Router router = start(deadline -> swarm.view())) {
            for (Routes routes : List.of(router, router.spreading())) {
                assertThat(routes.route(ALL, ANY.adapted("cats"), soon()).hops())
                        .extracting(Hop::peer)
                        .containsExactly(FakeSwarm.peer(2));
            }
        }
    }

    @Test
    void noRouteForAnAdapterNamesWhoHasItAndWhatElseThereIs() {
        swarm.add(1, 0, 10).adapters = List.of("dogs", "x\u001b[2J" + "y".repeat(99));
        swarm.add(2, 0, 5).adapters = List.of("cats");
        try (Router router = start(deadline -> swarm.view())) {
            assertThatThrownBy(() -> router.route(ALL, ANY.adapted("cats"), soon()))
                    .isInstanceOfSatisfying(NoRouteException.class, e -> {
                        assertThat(e.missing()).containsExactly(new Span(5, 10));
                        assertThat(e.adapter()).isEqualTo("cats");
                    })
                    .hasMessageContaining("no server for blocks 5:10 of fake with adapter 'cats'")
                    .hasMessageContaining("adapter 'cats' is announced by "
                            + FakeSwarm.peer(2).shortForm() + " 0:5")
                    .hasMessageContaining("other adapters here: dogs, x?[2J" + "y".repeat(59) + "…;")
                    .hasMessageContaining("--block-indices 5:10 --adapters cats");
            assertThatThrownBy(() -> router.route(ALL, ANY.adapted("birds"), soon()))
                    .hasMessageContaining("no server for blocks 0:10 of fake with adapter 'birds'")
                    .hasMessageContaining("adapter 'birds' is announced by nobody")
                    .hasMessageContaining("other adapters here: cats, dogs, x?[2J");
        }
    }

    @Test
    void swarmThatCannotBeReadIsSaid() {
        try (Router router = start(deadline -> {
            throw new IOException("no answer from 3 peers");
        })) {
            assertThatThrownBy(() -> router.route(ALL, ANY, soon()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no answer from 3 peers");
        }
    }

    @Test
    void blockedServersAreNotSeen() {
        swarm.add(1, 0, 10);
        RoutingConfig usual = RoutingConfig.defaults();
        var config = new RoutingConfig(
                usual.updatePeriod(),
                usual.updateTimeout(),
                usual.viewAgeMax(),
                usual.pingTimeout(),
                usual.pingedMax(),
                usual.banTime(),
                Set.of(),
                Set.of(FakeSwarm.peer(1)));
        try (Router router = start(deadline -> swarm.view(), config)) {
            assertThatThrownBy(() -> router.route(ALL, ANY, soon())).isInstanceOf(NoRouteException.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"2.2.0, false", "2.3.0.dev2, true", "2.10.1, true", "3.0, true", "corolla, false", "1.9, false"})
    void onlyNewerServersRollBack(String version, boolean expected) {
        assertThat(Router.rollsBack(version)).isEqualTo(expected);
    }
}
