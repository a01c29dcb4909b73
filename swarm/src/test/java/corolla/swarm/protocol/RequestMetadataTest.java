package corolla.swarm.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.p2p.PeerId;
import corolla.swarm.Span;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.WireTensor;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The vectors are those of the protocol's description, section 18. */
class RequestMetadataTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final PeerId PEER = PeerId.parse("QmNV5G3hq2UmAck2htEgsqrmPFBff5goFZAdmKDcZLBZLX");

    @Test
    void firstInferenceMetadataIsAsStockClientsSendIt() throws Exception {
        byte[] stock =
                HEX.parseHex("87aa73657373696f6e5f6964a173a7737465705f6964a174aa6d61785f6c656e67746810a6706f696e7473"
                        + "cb0000000000000000ae6163746976655f61646170746572c0ae617267735f737472756374757265c7184092c7134093c4045f5f"
                        + "5430c4045f5f5431c4045f5f543280b373746172745f66726f6d5f706f736974696f6e00");
        byte[] ours = RequestMetadata.builder()
                .sessionId("s")
                .stepId("t")
                .maxLength(16)
                .opening("")
                .argsStructure(ArgsStructure.flat(3))
                .startFromPosition(0)
                .build()
                .write();
        assertThat(HEX.formatHex(ours)).isEqualTo(HEX.formatHex(stock));
        RequestMetadata read = RequestMetadata.read(stock);
        assertThat(read.sessionId()).isEqualTo("s");
        assertThat(read.stepId()).isEqualTo("t");
        assertThat(read.maxLength()).isEqualTo(16);
        assertThat(read.activeAdapter()).isEmpty();
        assertThat(read.argsStructure()).isEqualTo(ArgsStructure.flat(3));
        assertThat(read.startFromPosition()).isZero();
        assertThat(read.isPushed()).isFalse();
    }

    @Test
    void argsStructuresAreAsStockClientsSendThem() {
        assertThat(HEX.formatHex(ArgsStructure.flat(3).write().encode()))
                .isEqualTo("c7184092c7134093c4045f5f5430c4045f5f5431c4045f5f543280");
        assertThat(HEX.formatHex(ArgsStructure.flat(2).write().encode()))
                .isEqualTo("c7124092c70d4092c4045f5f5430c4045f5f543180");
    }

    @Test
    void permutationsAndRepeatsAreHonoured() throws Exception {
        Pack structure = Pack.list(
                Pack.list(placeholder("__T1"), placeholder("__T0"), placeholder("__T1"), null),
                Pack.map().build());
        ArgsStructure read = ArgsStructure.read(structure);
        WireTensor a = WireTensor.absent("float32");
        WireTensor b = WireTensor.absent("int64");
        assertThat(read.argument(List.of(a, b), 0)).containsSame(b);
        assertThat(read.argument(List.of(a, b), 1)).containsSame(a);
        assertThat(read.argument(List.of(a, b), 2)).containsSame(b);
        assertThat(read.argument(List.of(a, b), 3)).isEmpty();
        assertThat(read.argument(List.of(a, b), 4)).isEmpty();
        assertThatThrownBy(() -> read.argument(List.of(a), 0)).isInstanceOf(ProtocolException.class);
    }

    private static byte[] placeholder(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void wrongTypesFailTheCall() {
        for (Object wrong : List.of(1.5, "16", true)) {
            byte[] bytes = Pack.map().put("max_length", wrong).build().encode();
            assertThatThrownBy(() -> RequestMetadata.read(bytes)).isInstanceOf(ProtocolException.class);
        }
        byte[] points = Pack.map().put("points", "many").build().encode();
        assertThatThrownBy(() -> RequestMetadata.read(points)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void unknownKeysAreIgnoredAndMissingOnesHaveDefaults() throws Exception {
        RequestMetadata read = RequestMetadata.read(
                Pack.map().put("new", Pack.list(1, 2)).put("points", 3).build().encode());
        assertThat(read.points()).isEqualTo(3);
        assertThat(read.maxLength()).isNull();
        assertThat(read.allocTimeoutSeconds()).isZero();
        assertThat(RequestMetadata.read(new byte[0]).nextServers()).isEmpty();
    }

    @Test
    void outputCompressionAcceptsTuplesAndLists() throws Exception {
        for (Pack value : List.of(Pack.tuple(2), Pack.list(2))) {
            RequestMetadata read = RequestMetadata.read(
                    Pack.map().put("output_compression", value).build().encode());
            assertThat(read.outputCompression()).containsExactly(Compression.FLOAT16);
        }
    }

    @Test
    void aPushedStepSaysWhatTheClientSaidToTheNextSession() throws Exception {
        var first = new NextServer(PEER, "b", new Span(2, 4));
        var second = new NextServer(PEER, "c", new Span(4, 6));
        byte[] step = Pack.map()
                .put("step_id", "t")
                .put("session_id", "a")
                .put("something_new", 7)
                .put("next_servers", Pack.list(first.write(), second.write()))
                .build()
                .encode();
        byte[] pushed = RequestMetadata.pushed(step, first, List.of(second));
        RequestMetadata read = RequestMetadata.read(pushed);
        assertThat(read.sessionId()).isEqualTo("b");
        assertThat(read.stepId()).isEqualTo("t");
        assertThat(read.nextServers()).containsExactly(second);
        assertThat(read.isPushed()).isTrue();
        assertThat(Pack.decode(pushed).get("something_new").asInt()).isEqualTo(7);
    }
}
