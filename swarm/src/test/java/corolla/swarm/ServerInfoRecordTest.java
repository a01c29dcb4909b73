package corolla.swarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.p2p.PeerId;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServerInfoRecordTest {
    private static final String STOCK =
            "c7cb409302cb3ff00000000000008dab73746172745f626c6f636b00a9656e645f626c6f636b05ab7075626c"
                    + "69635f6e616d65c0a776657273696f6eaa322e332e302e64657632ab6e6574776f726b5f727073c0ab666f72776172645f727073c0ad696e"
                    + "666572656e63655f727073c0a86164617074657273d44090ab746f7263685f6474797065a7666c6f61743332aa7175616e745f74797065a4"
                    + "6e6f6e65ab7573696e675f72656c6179c2b163616368655f746f6b656e735f6c656674cd5000aa6e6578745f70696e677380";

    private static ServerInfo stock() {
        return new ServerInfo(
                ServerState.ONLINE,
                1.0,
                ServerDetails.builder()
                        .span(new Span(0, 5))
                        .version("2.3.0.dev2")
                        .torchDtype("float32")
                        .quantType("none")
                        .usingRelay(false)
                        .cacheTokensLeft(20480L)
                        .nextPings(Map.of())
                        .build());
    }

    @Test
    void recordIsAsStockServersWriteIt() throws Exception {
        assertThat(HexFormat.of().formatHex(ServerInfoRecord.write(stock()).encode()))
                .isEqualTo(STOCK);
        assertThat(ServerInfoRecord.read(Pack.decode(HexFormat.of().parseHex(STOCK))))
                .isEqualTo(stock());
    }

    @Test
    void extensionsAndPingsComeBack() throws Exception {
        PeerId peer = PeerId.parse("QmNV5G3hq2UmAck2htEgsqrmPFBff5goFZAdmKDcZLBZLX");
        ServerInfo info = stock().withDetails(stock().details().toBuilder()
                .nextPings(Map.of(peer, Double.POSITIVE_INFINITY))
                .extension("x_corolla", new Pack.Text("0.1"))
                .build());
        assertThat(ServerInfoRecord.read(
                        Pack.decode(ServerInfoRecord.write(info).encode())))
                .isEqualTo(info);
    }

    @Test
    void arraysMissingPartsAndUnknownKeysAreRead() throws Exception {
        assertThat(ServerInfoRecord.read(Pack.list(1, 0.0)).state()).isEqualTo(ServerState.JOINING);
        assertThat(ServerInfoRecord.read(Pack.list(2, 1.5, null)).details()).isEqualTo(ServerDetails.EMPTY);
        ServerInfo odd = ServerInfoRecord.read(Pack.list(
                2, 1.5, Pack.map().put("new_key", 3).put("version", null).build()));
        assertThat(odd.details()).isEqualTo(ServerDetails.EMPTY);
    }

    @Test
    void whatStockReadersDropIsRefused() {
        List<Pack> bad = List.of(
                Pack.list(2, 1),
                Pack.list(2, Double.NaN),
                Pack.list(2, Double.POSITIVE_INFINITY),
                Pack.list(2, -1.0),
                Pack.list(3, 1.0),
                Pack.list(2.0, 1.0),
                Pack.list(2),
                Pack.of("online"),
                details("network_rps", 5),
                details("inference_rps", Double.NaN),
                details("start_block", 0.0),
                details("end_block", true),
                details("cache_tokens_left", -1),
                details("next_pings", Pack.map().put("Qm", 1).build()));
        for (Pack record : bad) {
            assertThatThrownBy(() -> ServerInfoRecord.read(record))
                    .as("%s", record)
                    .isInstanceOf(ProtocolException.class);
        }
    }

    private static Pack details(String key, Object value) {
        return Pack.list(2, 1.0, Pack.map().put(key, value).build());
    }

    @Test
    void wholeThroughputStaysAFloat() {
        assertThat(HexFormat.of().formatHex(ServerInfoRecord.write(stock()).encode()))
                .contains("02cb3ff0000000000000");
    }
}
