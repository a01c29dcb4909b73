package corolla.dht.kbucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.dht.testing.Golden;
import corolla.dht.testing.Ids;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class DhtIdTest {

    @Test
    void idsEqualThoseOfHivemind() throws ProtocolException {
        int compared = 0;
        for (JsonNode sample : Golden.json("dht_ids.json").get("ids")) {
            if (sample.has("dht_id_hex")) {
                byte[] hashed = Golden.hex(sample, "hashed_bytes_hex");
                boolean raw = sample.get("key").asText().startsWith("b'");
                Pack key = raw ? Pack.of(hashed) : Pack.decode(hashed);
                assertThat(DhtId.ofKey(key))
                        .hasToString(sample.get("dht_id_hex").asText());
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(10);
        assertThat(DhtId.ofKey(Pack.of("raw-bytes".getBytes(StandardCharsets.UTF_8))))
                .hasToString("1e4f35295d35c216378ed71a38dbe04acc586443");
    }

    @Test
    void distanceIsXorAsAnUnsignedNumber() throws ProtocolException {
        JsonNode sample = Golden.json("dht_ids.json").get("xor_example");
        DhtId a = DhtId.decode(Golden.hex(sample, "a"));
        DhtId b = DhtId.decode(Golden.hex(sample, "b"));
        assertThat(a.commonBits(b)).isEqualTo(sample.get("common_prefix_bits").asInt());
        DhtId zero = Ids.starting(0);
        assertThat(zero.compareDistance(Ids.starting(0x7f), Ids.starting(0x80))).isNegative();
        assertThat(Ids.starting(0xff).compareDistance(Ids.starting(0x7f), Ids.starting(0x80)))
                .isPositive();
        assertThat(zero.compareDistance(a, a)).isZero();
    }

    @Test
    void anIdHasTwentyBytes() {
        assertThatThrownBy(() -> DhtId.decode(new byte[19]))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("19");
        assertThat(HexFormat.of().formatHex(Ids.starting(1).bytes())).isEqualTo("01" + "00".repeat(19));
    }
}
