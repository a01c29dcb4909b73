package corolla.server.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.p2p.PeerId;
import corolla.swarm.ServerDetails;
import corolla.swarm.ServerInfo;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BlockPlacementTest {

    /** A view of {@code blocks} blocks with one server for each {@code {start, end, throughput}}. */
    private static Placement view(int blocks, int[]... servers) {
        var maps = new ArrayList<Map<PeerId, ServerInfo>>();
        for (int i = 0; i < blocks; i++) {
            maps.add(new LinkedHashMap<>());
        }
        for (int i = 0; i < servers.length; i++) {
            Span span = new Span(servers[i][0], servers[i][1]);
            var details = ServerDetails.builder().span(span).build();
            PeerId peer = PeerId.ofPublicKeyMessage(new byte[] {8, 1, 18, 32, (byte) i});
            for (int block = span.start(); block < span.end(); block++) {
                maps.get(block).put(peer, new ServerInfo(ServerState.JOINING, servers[i][2], details));
            }
        }
        return SwarmPlacement.of(new SwarmView("m", new Span(0, blocks), maps), Set.of())
                .all();
    }

    @Test
    void anEmptySwarmIsFilledFromTheFirstBlock() {
        assertThat(BlockPlacement.choose(view(8), 3)).isEqualTo(new Span(0, 3));
        assertThat(BlockPlacement.choose(view(8), 8)).isEqualTo(new Span(0, 8));
    }

    @Test
    void holesAreFilledFirst() {
        assertThat(BlockPlacement.choose(view(8, new int[] {0, 5, 1}), 3)).isEqualTo(new Span(5, 8));
        assertThat(BlockPlacement.choose(view(8, new int[] {0, 3, 1}, new int[] {4, 8, 1}), 3))
                .isEqualTo(new Span(1, 4));
    }

    @Test
    void theWeakestWindowIsStrengthened() {
        Placement view = view(6, new int[] {0, 2, 3}, new int[] {2, 4, 1}, new int[] {4, 6, 2});
        assertThat(BlockPlacement.choose(view, 2)).isEqualTo(new Span(2, 4));
        assertThat(BlockPlacement.choose(view, 3)).isEqualTo(new Span(2, 5));
    }

    @Test
    void moreBlocksThanThereAreIsAMistake() {
        assertThatThrownBy(() -> BlockPlacement.choose(view(3), 4)).isInstanceOf(IllegalArgumentException.class);
    }
}
