package corolla.swarm.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.msgpack.Pack;
import corolla.swarm.codec.Compression;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class RpcInfoTest {
    private static final String HIDDEN =
            "c77c5188a473697a65c7074094c001cd080040a56474797065ad746f7263682e666c6f61743332a66c61796f7574ad746f7263682e73747269"
                    + "646564ad72657175697265735f67726164c2aa70696e5f6d656d6f7279c2ab636f6d7072657373696f6e00ab6465766963655f74797065"
                    + "c0ac6465766963655f696e646578c0";
    private static final String HYPO_IDS =
            "c7745188a473697a65d54091c0a56474797065ab746f7263682e696e743634a66c61796f7574ad746f7263682e73747269646564ad72657175"
                    + "697265735f67726164c2aa70696e5f6d656d6f7279c2ab636f6d7072657373696f6e00ab6465766963655f74797065c0ac646576696365"
                    + "5f696e646578c0";

    @Test
    void descriptorsAreAsStockServersSendThem() throws Exception {
        var hidden = TensorDescriptor.hiddenStates(64, "float32", Compression.NONE);
        assertThat(HexFormat.of().formatHex(hidden.write().encode())).isEqualTo(HIDDEN);
        assertThat(HexFormat.of()
                        .formatHex(TensorDescriptor.list("int64").write().encode()))
                .isEqualTo(HYPO_IDS);
        assertThat(TensorDescriptor.read(Pack.decode(HexFormat.of().parseHex(HIDDEN))))
                .isEqualTo(hidden);
    }

    @Test
    void answerComesBack() throws Exception {
        var schema = RpcInfo.Schema.of(64, "bfloat16", Compression.NONE);
        var info = new RpcInfo("2.3.0.dev2", false, 4096, schema);
        assertThat(RpcInfo.read(info.write())).isEqualTo(info);
        var bare = new RpcInfo("2.3.0.dev2", true, 0, null);
        assertThat(RpcInfo.read(bare.write())).isEqualTo(bare);
        var adapted = new RpcInfo("2.3.0.dev2", false, 4096, List.of("someone/cats", "dogs"), schema);
        assertThat(RpcInfo.read(adapted.write())).isEqualTo(adapted);
    }

    @Test
    void answerHasTheContainersThatStockClientsUnpack() throws Exception {
        Pack map = Pack.decode(new RpcInfo("v", false, 1, RpcInfo.Schema.of(64, "float32", Compression.NONE)).write());
        assertThat(map.get("keyword_names")).isEqualTo(Pack.tuple());
        assertThat(map.get("outputs_schema").asList()).hasSize(1);
        assertThat(map.get("forward_schema").asList()).hasSize(2);
        assertThat(map.get("inference_schema").asList().getFirst().asList()).hasSize(3);
    }
}
