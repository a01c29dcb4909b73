package corolla.swarm.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.msgpack.Pack;
import corolla.swarm.Golden;
import corolla.swarm.codec.TensorCodec;
import java.lang.foreign.Arena;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ExpertMessagesTest {

    private static byte[] golden(String name) {
        return HexFormat.of()
                .parseHex(Golden.json("messages.json").get(name).get("hex").asText());
    }

    @Test
    void requestComesAndGoesAsTheReferences() throws Exception {
        ExpertRequest request = ExpertMessages.readRequest(golden("ExpertRequest"));
        assertThat(request.uid()).isEqualTo("bloom-petals.0 bloom-petals.1");
        assertThat(request.tensors()).hasSize(2);
        assertThat(TensorCodec.decode(request.tensors().getFirst(), Arena.ofAuto())
                        .toFloats())
                .containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(ExpertMessages.write(request)).isEqualTo(golden("ExpertRequest"));
        assertThat(Pack.decode(request.metadata()).get("start_from_position").asInt())
                .isEqualTo(3);
    }

    @Test
    void responseComesAndGoesAsTheReferences() throws Exception {
        ExpertResponse response = ExpertMessages.readResponse(golden("ExpertResponse"));
        assertThat(response.tensors()).hasSize(1);
        assertThat(ExpertMessages.write(response)).isEqualTo(golden("ExpertResponse"));
    }

    @Test
    void uidAndInfoComeAndGoAsTheReferences() throws Exception {
        String uid = ExpertMessages.readUid(golden("ExpertUID"));
        assertThat(uid).isEqualTo("bloom-petals.0");
        assertThat(ExpertMessages.writeUid(uid)).isEqualTo(golden("ExpertUID"));
        byte[] info = ExpertMessages.readInfo(golden("ExpertInfo"));
        assertThat(ExpertMessages.writeInfo(info)).isEqualTo(golden("ExpertInfo"));
    }

    @Test
    void closingMessageIsEmpty() throws Exception {
        byte[] bytes = ExpertMessages.write(ExpertRequest.closing());
        assertThat(bytes).isEmpty();
        assertThat(ExpertMessages.readRequest(bytes).isClosing()).isTrue();
    }
}
