package corolla.dht.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.base.protobuf.ProtoWriter;
import corolla.dht.testing.Damage;
import corolla.dht.testing.Golden;
import java.util.List;
import org.junit.jupiter.api.Test;

class DhtMessagesTest {

    @Test
    void pingsEqualHiveminds() throws ProtocolException {
        for (String name : List.of("PingRequest", "PingRequest_client")) {
            byte[] golden = Golden.message(name);
            assertThat(DhtMessages.PingRequest.decode(golden).encode()).isEqualTo(golden);
        }
        assertThat(DhtMessages.PingRequest.decode(Golden.message("PingRequest")).validate())
                .isTrue();
        byte[] golden = Golden.message("PingResponse");
        DhtMessages.PingResponse response = DhtMessages.PingResponse.decode(golden);
        assertThat(response.available()).isTrue();
        assertThat(response.dhtTime()).isEqualTo(1700000000.5);
        assertThat(response.nodeId()).hasSize(20);
        assertThat(response.encode()).isEqualTo(golden);
    }

    @Test
    void storesEqualHiveminds() throws ProtocolException {
        byte[] golden = Golden.message("StoreRequest_regular_subkey_dict");
        DhtMessages.StoreRequest request = DhtMessages.StoreRequest.decode(golden, 10);
        assertThat(request.items()).hasSize(3);
        assertThat(request.items().get(0).subkey()).isEqualTo(StoreItems.NO_SUBKEY);
        assertThat(request.items().get(1).subkey()).isEqualTo(new byte[] {(byte) 0xa5, 'p', 'e', 'e', 'r', 'A'});
        assertThat(request.items().get(2).subkey()).isEmpty();
        assertThat(request.items()).extracting(DhtMessages.StoreItem::inCache).containsExactly(false, false, true);
        assertThat(request.encode()).isEqualTo(golden);
        byte[] answer = Golden.message("StoreResponse");
        assertThat(DhtMessages.StoreResponse.decode(answer).stored()).containsExactly(true, false, true);
        assertThat(DhtMessages.StoreResponse.decode(answer).encode()).isEqualTo(answer);
    }

    @Test
    void findsEqualHiveminds() throws ProtocolException {
        byte[] golden = Golden.message("FindRequest");
        assertThat(DhtMessages.FindRequest.decode(golden, 2).encode()).isEqualTo(golden);
        byte[] answer = Golden.message("FindResponse");
        FindMessages.FindResponse response = FindMessages.FindResponse.decode(answer, 10, 10);
        assertThat(response.results()).hasSize(3);
        assertThat(response.results().get(0).found()).isEmpty();
        assertThat(response.results().get(0).nearest()).hasSize(1);
        assertThat(response.results().get(1).found())
                .map(FindMessages.FoundValue::type)
                .contains(FindMessages.REGULAR);
        assertThat(response.results().get(2).found())
                .map(FindMessages.FoundValue::type)
                .contains(FindMessages.DICTIONARY);
        assertThat(response.encode()).isEqualTo(answer);
    }

    @Test
    void unpackedListsAreReadToo() throws ProtocolException {
        byte[] unpacked = new ProtoWriter()
                .bytes(2, new byte[20])
                .bytes(3, new byte[1])
                .bytes(4, new byte[1])
                .float64(5, 7.5)
                .bool(6, true)
                .toByteArray();
        assertThat(DhtMessages.StoreRequest.decode(unpacked, 10).items())
                .singleElement()
                .satisfies(item -> {
                    assertThat(item.expiration()).isEqualTo(7.5);
                    assertThat(item.inCache()).isTrue();
                });
    }

    @Test
    void listsOfDifferentLengthsAreAnError() {
        byte[] uneven =
                new ProtoWriter().bytes(2, new byte[20]).bytes(3, new byte[1]).toByteArray();
        assertThatThrownBy(() -> DhtMessages.StoreRequest.decode(uneven, 10))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("1 keys, 1 subkeys, 0 values");
    }

    @Test
    void limitsHold() throws ProtocolException {
        byte[] golden = Golden.message("StoreRequest_regular_subkey_dict");
        assertThatThrownBy(() -> DhtMessages.StoreRequest.decode(golden, 2)).isInstanceOf(ProtocolException.class);
        byte[] find = Golden.message("FindRequest");
        assertThatThrownBy(() -> DhtMessages.FindRequest.decode(find, 1)).isInstanceOf(ProtocolException.class);
        byte[] answer = Golden.message("FindResponse");
        assertThatThrownBy(() -> FindMessages.FindResponse.decode(answer, 2, 10))
                .isInstanceOf(ProtocolException.class);
        assertThat(FindMessages.FindResponse.decode(answer, 3, 0)
                        .results()
                        .getFirst()
                        .nearest())
                .isEmpty();
    }

    private interface Decoder {
        Object decode(byte[] bytes) throws ProtocolException;
    }

    @Test
    void decodersSurviveDamage() {
        fuzz("PingRequest", DhtMessages.PingRequest::decode);
        fuzz("PingResponse", DhtMessages.PingResponse::decode);
        fuzz(
                "StoreRequest_regular_subkey_dict",
                bytes -> DhtMessages.StoreRequest.decode(bytes, 100).encode());
        fuzz("StoreResponse", DhtMessages.StoreResponse::decode);
        fuzz("FindRequest", bytes -> DhtMessages.FindRequest.decode(bytes, 100).encode());
        fuzz(
                "FindResponse",
                bytes -> FindMessages.FindResponse.decode(bytes, 100, 20).encode());
    }

    private static void fuzz(String name, Decoder decoder) {
        Damage damage = new Damage(name.hashCode());
        byte[] golden = Golden.message(name);
        int decoded = 0;
        for (int i = 0; i < Damage.count() / 6 + 1; i++) {
            try {
                decoder.decode(damage.damage(golden));
                decoded++;
            } catch (ProtocolException expected) {
                assertThat(expected).hasMessageNotContaining("Exception");
            }
        }
        assertThat(decoded).isPositive();
    }
}
