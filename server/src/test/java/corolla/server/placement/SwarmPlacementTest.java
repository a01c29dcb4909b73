package corolla.server.placement;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.p2p.PeerId;
import corolla.server.placement.PlacedServer.Readiness;
import corolla.swarm.ServerDetails;
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
import org.junit.jupiter.api.Test;

class SwarmPlacementTest {
    private static final int BLOCKS = 8;
    private static final Span OLD = new Span(0, 4);
    private static final Span NEW = new Span(2, 6);
    private static final Span KEPT = new Span(2, 4);

    private final List<Map<PeerId, ServerInfo>> records = new ArrayList<>();
    private final PeerId one = peer(1);
    private final PeerId two = peer(2);

    SwarmPlacementTest() {
        for (int i = 0; i < BLOCKS; i++) {
            records.add(new LinkedHashMap<>());
        }
    }

    private static PeerId peer(int number) {
        return PeerId.ofPublicKeyMessage(new byte[] {8, 1, 18, 32, (byte) number});
    }

    private void announce(PeerId peer, Span blocks, Span announced, ServerState state) {
        var details = ServerDetails.builder()
                .span(announced)
                .extension(MoveSupport.EXTENSION, MoveSupport.write(true))
                .build();
        for (int block = blocks.start(); block < blocks.end(); block++) {
            records.get(block).put(peer, new ServerInfo(state, 5, details));
        }
    }

    private SwarmPlacement read(PeerId... gone) {
        return SwarmPlacement.of(new SwarmView("m", new Span(0, BLOCKS), records), Set.of(gone));
    }

    private static Span spanOf(Placement placement, PeerId peer) {
        return placement.find(peer.toBase58()).orElseThrow().span();
    }

    /** The two, that with the lesser name first. */
    private List<PeerId> byName() {
        return one.toBase58().compareTo(two.toBase58()) < 0 ? List.of(one, two) : List.of(two, one);
    }

    @Test
    void whoServesOrLoadsCountsAndWhoHasLeftDoesNot() {
        announce(one, OLD, OLD, ServerState.ONLINE);
        announce(two, NEW, NEW, ServerState.OFFLINE);
        assertThat(read().all().servers()).containsExactly(new PlacedServer(one.toBase58(), OLD, 5, Readiness.ALWAYS));
        announce(two, NEW, NEW, ServerState.JOINING);
        assertThat(spanOf(read().all(), two)).isEqualTo(NEW);
    }

    @Test
    void whoIsMovingCountsWhereItWillBe() {
        announce(one, OLD, OLD, ServerState.ONLINE);
        announce(one, new Span(4, 6), NEW, ServerState.JOINING);
        assertThat(spanOf(read().all(), one)).as("claimed").isEqualTo(NEW);
        announce(one, new Span(0, 2), new Span(0, 2), ServerState.OFFLINE);
        announce(one, KEPT, KEPT, ServerState.ONLINE);
        assertThat(spanOf(read().all(), one)).as("on the way").isEqualTo(NEW);
    }

    @Test
    void whoDoesNotAnswerIsLeftOut() {
        announce(one, OLD, OLD, ServerState.ONLINE);
        assertThat(read(one).all().servers()).isEmpty();
    }

    @Test
    void ofTwoClaimsTheOneWithTheLesserNameStands() {
        PeerId lesser = byName().getFirst();
        PeerId greater = byName().getLast();
        for (PeerId each : byName()) {
            announce(each, OLD, OLD, ServerState.ONLINE);
            announce(each, new Span(4, 6), NEW, ServerState.JOINING);
        }
        Placement forLesser = read().contested(lesser.toBase58(), OLD);
        assertThat(spanOf(forLesser, lesser)).isEqualTo(OLD);
        assertThat(spanOf(forLesser, greater)).as("has to give way").isEqualTo(OLD);
        Placement forGreater = read().contested(greater.toBase58(), OLD);
        assertThat(spanOf(forGreater, lesser)).as("goes").isEqualTo(NEW);
    }

    @Test
    void whoHasBegunToLeaveIsNotContested() {
        PeerId lesser = byName().getFirst();
        PeerId greater = byName().getLast();
        announce(lesser, OLD, OLD, ServerState.ONLINE);
        announce(greater, new Span(0, 2), new Span(0, 2), ServerState.OFFLINE);
        announce(greater, KEPT, KEPT, ServerState.ONLINE);
        announce(greater, new Span(4, 6), NEW, ServerState.JOINING);
        assertThat(spanOf(read().contested(lesser.toBase58(), OLD), greater)).isEqualTo(NEW);
    }

    @Test
    void aSpanThatDoesNotFitItsRecordIsNotBelieved() {
        announce(one, new Span(7, 8), new Span(0, 2), ServerState.ONLINE);
        assertThat(spanOf(read().all(), one)).isEqualTo(new Span(7, 8));
    }
}
