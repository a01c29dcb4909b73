package corolla.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.base.protobuf.ProtoReader;
import corolla.p2p.PeerId;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.TensorPieces;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.NextServer;
import corolla.swarm.protocol.RequestMetadata;
import corolla.swarm.protocol.RpcInfo;
import corolla.tensor.Tensor;
import corolla.testkit.Damage;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Whatever a peer sends, a decoder reads it or says what is wrong; it neither breaks nor takes memory that was only announced. */
class DecodersFuzzTest {
    private static final PeerId PEER = PeerId.parse("QmNV5G3hq2UmAck2htEgsqrmPFBff5goFZAdmKDcZLBZLX");

    private interface Decoder {
        void decode(byte[] bytes) throws ProtocolException;
    }

    private static void fuzz(long seed, Decoder decoder, byte[]... originals) {
        var damage = new Damage(seed);
        int read = 0;
        for (int i = 0; i < Damage.count(); i++) {
            byte[] bytes = damage.next(originals);
            try {
                decoder.decode(bytes);
                read++;
            } catch (ProtocolException expected) {
                assertThat(expected.getMessage()).isNotBlank().hasSizeLessThan(1000);
            }
        }
        assertThat(read).as("some damage does not matter").isPositive();
    }

    @Test
    void tensors() {
        String[] names = {
            "NONE.f32_small", "NONE.bf16_small.legacy", "FLOAT16.f16_small", "MEANSTD_16BIT.f32_small",
            "QUANTILE_8BIT.bf16_small", "UNIFORM_8BIT.bf16_small", "BLOCKWISE_8BIT.f32_small", "NONE.i64_small"
        };
        byte[][] originals = new byte[names.length][];
        for (int i = 0; i < names.length; i++) {
            originals[i] = Golden.bytes("tensors/" + names[i] + ".pb");
        }
        fuzz(1, DecodersFuzzTest::decodeTensor, originals);
    }

    private static void decodeTensor(byte[] bytes) throws ProtocolException {
        WireTensor wire = WireTensor.read(ProtoReader.of(bytes));
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = TensorCodec.decode(wire, arena);
            assertThat(tensor.data().byteSize()).isLessThanOrEqualTo(8L * bytes.length);
        }
    }

    @Test
    void requests() {
        WireTensor tensor = WireTensor.of(new byte[24], "float32", Compression.NONE, 1, 2, 3);
        byte[] metadata = metadata();
        byte[] request = ExpertMessages.write(
                new corolla.swarm.protocol.ExpertRequest("m.1 m.2", List.of(tensor, tensor), metadata));
        fuzz(
                2,
                bytes -> {
                    var read = ExpertMessages.readRequest(bytes);
                    ChainedUid.parse(read.uid());
                    RequestMetadata.read(read.metadata());
                    var pieces = new TensorPieces(1000, 3);
                    for (WireTensor piece : read.tensors()) {
                        pieces.add(piece);
                    }
                    pieces.finish();
                },
                request);
    }

    private static byte[] metadata() {
        return RequestMetadata.builder()
                .sessionId("session")
                .stepId("step")
                .maxLength(10)
                .opening("")
                .argsStructure(ArgsStructure.flat(3))
                .startFromPosition(3)
                .allocTimeoutSeconds(1.5)
                .outputCompression(List.of(Compression.FLOAT16))
                .nextServers(List.of(new NextServer(PEER, "other", new Span(1, 4))))
                .pushed(true)
                .build()
                .write();
    }

    @Test
    void metadataAlone() {
        fuzz(3, RequestMetadata::read, metadata());
    }

    @Test
    void serverInfos() {
        var details = ServerDetails.builder()
                .span(new Span(1, 4))
                .version("2.3.0")
                .networkRps(1.0)
                .adapters(List.of("a", "b"))
                .nextPings(Map.of(PEER, 0.5))
                .extension("x_y", Pack.list(1, "a"))
                .build();
        byte[] record = ServerInfoRecord.write(new ServerInfo(ServerState.ONLINE, 1, details))
                .encode();
        fuzz(4, bytes -> ServerInfoRecord.read(Pack.decode(bytes)), record);
        fuzz(
                5,
                bytes -> ModelRecord.read(Pack.decode(bytes)),
                ModelRecord.ofHub(6, "a/b").write().encode());
    }

    @Test
    void infos() {
        byte[] info = new RpcInfo("2.3.0", false, 7, RpcInfo.Schema.of(64, "float32", Compression.NONE)).write();
        fuzz(6, RpcInfo::read, info);
        fuzz(7, ExpertMessages::readInfo, ExpertMessages.writeInfo(info));
        fuzz(8, ExpertMessages::readUid, ExpertMessages.writeUid("m.1"));
    }
}
