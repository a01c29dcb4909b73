package corolla.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.p2p.PeerId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SwarmViewTest {
    private static final PeerId A = peer(1);
    private static final PeerId B = peer(2);

    private static PeerId peer(int seed) {
        byte[] message = new byte[36];
        message[0] = 8;
        message[1] = 1;
        message[2] = 18;
        message[3] = 32;
        message[35] = (byte) seed;
        return PeerId.ofPublicKeyMessage(message);
    }

    private static ServerInfo info(ServerState state, int... span) {
        var details = ServerDetails.builder();
        if (span.length == 2) {
            details.startBlock(span[0]).endBlock(span[1]);
        }
        return new ServerInfo(state, 1, details.build());
    }

    private static SwarmView view(int blocks, Object... records) {
        var maps = new ArrayList<Map<PeerId, ServerInfo>>();
        for (int i = 0; i < blocks; i++) {
            maps.add(new LinkedHashMap<>());
        }
        for (int i = 0; i < records.length; i += 3) {
            maps.get((int) records[i]).put((PeerId) records[i + 1], (ServerInfo) records[i + 2]);
        }
        return new SwarmView("m", new Span(0, blocks), maps);
    }

    private static List<Span> spans(SwarmView view, ServerState minimum) {
        return view.spans(minimum).stream().map(PeerSpan::span).toList();
    }

    @Test
    void announcedSpanIsTrustedAndClipped() {
        ServerInfo info = info(ServerState.ONLINE, 1, 9);
        assertThat(spans(view(4, 1, A, info), ServerState.ONLINE)).containsExactly(new Span(1, 4));
    }

    @Test
    void recordsWithoutSpanAreJoined() {
        ServerInfo info = info(ServerState.ONLINE);
        assertThat(spans(view(4, 1, A, info, 2, A, info), ServerState.ONLINE)).containsExactly(new Span(1, 3));
    }

    @Test
    void aHigherStateReplacesALowerOne() {
        SwarmView view = view(4, 0, A, info(ServerState.JOINING, 0, 2), 2, A, info(ServerState.ONLINE, 2, 4));
        assertThat(spans(view, ServerState.JOINING)).containsExactly(new Span(2, 4));
        assertThat(view.spans(ServerState.JOINING).getFirst().info().state()).isEqualTo(ServerState.ONLINE);
    }

    @Test
    void recordsBelowTheMinimumAreIgnored() {
        SwarmView view = view(2, 0, A, info(ServerState.OFFLINE, 0, 2), 1, B, info(ServerState.JOINING, 1, 2));
        assertThat(view.spans(ServerState.ONLINE)).isEmpty();
        assertThat(view.spans(ServerState.JOINING)).extracting(PeerSpan::peer).containsExactly(B);
        assertThat(view.missing(ServerState.JOINING)).containsExactly(new Span(0, 1));
    }

    @Test
    void missingRunsAreNamed() {
        SwarmView view = view(5, 2, A, info(ServerState.ONLINE));
        assertThat(view.missing(ServerState.ONLINE)).containsExactly(new Span(0, 2), new Span(3, 5));
        assertThat(SwarmView.empty("m", new Span(3, 5)).missing(ServerState.OFFLINE))
                .containsExactly(new Span(3, 5));
    }

    @Test
    void filteredServersAreGone() {
        SwarmView view = view(1, 0, A, info(ServerState.ONLINE), 0, B, info(ServerState.ONLINE));
        assertThat(view.filter(peer -> !peer.equals(A)).spans(ServerState.ONLINE))
                .extracting(PeerSpan::peer)
                .containsExactly(B);
    }
}
