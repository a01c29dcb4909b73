package corolla.swarm.directory;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.msgpack.Pack;
import corolla.dht.DhtValue;
import corolla.p2p.PeerId;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerDetails;
import corolla.swarm.ServerInfo;
import corolla.swarm.ServerInfoRecord;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BlockRecordsTest {
    private static final Span RANGE = new Span(0, 3);
    private static final PeerId GOOD = PeerId.ofPublicKeyMessage(new byte[] {8, 1, 18, 32, 1});
    private static final PeerId BAD = PeerId.ofPublicKeyMessage(new byte[] {8, 1, 18, 32, 2});

    private static Pack info() {
        var details = ServerDetails.builder().span(new Span(1, 3)).build();
        return ServerInfoRecord.write(new ServerInfo(ServerState.ONLINE, 1, details));
    }

    private static DhtValue.Regular regular(Pack value) {
        return new DhtValue.Regular(value, 1e10);
    }

    private static DhtValue dictionary(Map<Pack, Pack> records) {
        var entries = new LinkedHashMap<Pack, DhtValue.Regular>();
        records.forEach((subkey, value) -> entries.put(subkey, regular(value)));
        return new DhtValue.Dictionary(entries, 1e10);
    }

    @Test
    void keysAreTheBlocksNames() {
        assertThat(BlockRecords.keys("m", new Span(2, 4))).containsExactly(new Pack.Text("m.2"), new Pack.Text("m.3"));
    }

    @Test
    void badRecordsAreSkippedAndGoodOnesStay() {
        var records = new LinkedHashMap<Pack, Pack>();
        records.put(new Pack.Text(BAD.toBase58()), Pack.tuple(2, 1, null)); // throughput is not a float
        records.put(new Pack.Text("not base58: 0OIl"), info());
        records.put(new Pack.Int(7), info());
        records.put(new Pack.Text(GOOD.toBase58()), info());
        SwarmView view = BlockRecords.view(
                "m",
                RANGE,
                Map.of(
                        new Pack.Text("m.0"), regular(new Pack.Text("no dictionary")),
                        new Pack.Text("m.1"), dictionary(records)));
        assertThat(view.servers(0)).isEmpty();
        assertThat(view.servers(1)).containsOnlyKeys(GOOD);
        assertThat(view.servers(2)).isEmpty();
        List<PeerSpan> spans = view.spans(ServerState.ONLINE);
        assertThat(spans).extracting(PeerSpan::span).containsExactly(new Span(1, 3));
    }
}
