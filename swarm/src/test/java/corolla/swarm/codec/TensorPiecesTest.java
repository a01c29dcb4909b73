package corolla.swarm.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import corolla.base.ProtocolException;
import corolla.swarm.Golden;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class TensorPiecesTest {

    /** The messages of a framed stream, without its end frame. */
    private static List<byte[]> messages(String file) {
        var messages = new ArrayList<byte[]>();
        ByteBuffer in = ByteBuffer.wrap(Golden.bytes(file));
        while (in.hasRemaining()) {
            boolean data = in.get() == 0;
            byte[] payload = new byte[Math.toIntExact(in.getLong())];
            in.get(payload);
            if (data) {
                messages.add(payload);
            }
        }
        return messages;
    }

    @Test
    void recordedStreamsAreJoinedAndCutAgainTheSameWay() throws Exception {
        for (JsonNode one : Golden.json("rpc/streaming.json")) {
            List<byte[]> recorded = messages(one.get("framed_stream").asText());
            var pieces = new TensorPieces(1 << 20, 4);
            var uids = new ArrayList<String>();
            byte[] metadata = {};
            for (byte[] message : recorded) {
                ExpertRequest request = ExpertMessages.readRequest(message);
                uids.add(request.uid());
                metadata = request.metadata();
                for (WireTensor piece : request.tensors()) {
                    pieces.add(piece);
                }
            }
            List<WireTensor> tensors = pieces.finish();
            assertThat(tensors).hasSize(1);
            JsonNode whole = one.get("tensor_protobuf_hex");
            if (!whole.isNull()) {
                WireTensor tensor = tensors.getFirst();
                assertThat(WireTensor.of(
                                        tensor.buffer().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE),
                                        tensor.dtype(),
                                        tensor.compression(),
                                        tensor.sizes())
                                .write()
                                .toByteArray())
                        .isEqualTo(HexFormat.of().parseHex(whole.asText()));
            }
            List<WireTensor> cut =
                    TensorPieces.split(tensors.getFirst(), one.get("chunk_size").asInt());
            assertThat(cut).hasSize(recorded.size());
            for (int i = 0; i < cut.size(); i++) {
                var request = new ExpertRequest(uids.get(i), List.of(cut.get(i)), metadata);
                assertThat(ExpertMessages.write(request)).isEqualTo(recorded.get(i));
            }
        }
    }

    @Test
    void emptyTensorsHoldTheirPositions() throws Exception {
        var pieces = new TensorPieces(1 << 20, 4);
        WireTensor data = WireTensor.of(new byte[10 * 4], "float32", Compression.NONE, 10);
        for (WireTensor tensor : List.of(data, WireTensor.absent("float32"), WireTensor.absent("int64"))) {
            for (WireTensor piece : TensorPieces.split(tensor, 16)) {
                pieces.add(piece);
            }
        }
        assertThat(pieces.finish()).extracting(WireTensor::byteCount).containsExactly(40, 0, 0);
    }

    @Test
    void piecesAreBounded() throws Exception {
        WireTensor piece = WireTensor.of(new byte[8], "float32", Compression.NONE, 2);
        var small = new TensorPieces(15, 4);
        small.add(piece);
        assertThatThrownBy(() -> small.add(piece)).isInstanceOf(ProtocolException.class);
        var few = new TensorPieces(1 << 20, 1);
        few.add(piece);
        few.add(piece);
        assertThatThrownBy(few::finish).isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> new TensorPieces(100, 1).add(piece.nextPiece(0, 4)))
                .isInstanceOf(ProtocolException.class);
    }
}
