package corolla.dht.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.dht.testing.Damage;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DictionaryFormTest {
    /** Made with hivemind 1.1.12: two entries, one under a tuple. */
    private static final byte[] GOLDEN = HexFormat.of()
            .parseHex("c73a5093cb7ff0000000000000cb41ee90cae03000009293a3737562c40101cb41ee90cae000000093d64092a17402"
                    + "c403920102cb41ee90cae0300000");

    @Test
    void formEqualsHiveminds() throws ProtocolException {
        StoredValue.Dictionary dictionary = DictionaryForm.decode(GOLDEN, 10);
        assertThat(dictionary.expiration()).isEqualTo(4102444801.5);
        assertThat(dictionary.entries().keySet()).containsExactly(Pack.of("sub"), Pack.tuple("t", 2));
        assertThat(DictionaryForm.encode(dictionary)).isEqualTo(GOLDEN);
    }

    @Test
    void tooManyEntriesAreRefused() {
        assertThatThrownBy(() -> DictionaryForm.decode(GOLDEN, 1))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("2 entries");
    }

    @Test
    void otherThingsAreNoDictionaries() {
        Map<Pack, StoredValue.Regular> nan = new LinkedHashMap<>();
        nan.put(Pack.of("x"), new StoredValue.Regular(new byte[1], Double.NaN));
        for (byte[] wrong : new byte[][] {
            Pack.of(1).encode(),
            new Pack.Extension((byte) 0x50, new byte[] {1}).encode(),
            new Pack.Extension((byte) 0x50, Pack.list(1, 2).encode()).encode(),
            new Pack.Extension((byte) 0x50, Pack.list(1, 2, Pack.list(5)).encode()).encode(),
            DictionaryForm.encode(new StoredValue.Dictionary(nan, 1)),
        }) {
            assertThatThrownBy(() -> DictionaryForm.decode(wrong, 10)).isInstanceOf(ProtocolException.class);
        }
    }

    @Test
    void decoderSurvivesDamage() {
        Damage damage = new Damage(21);
        int decoded = 0;
        for (int i = 0; i < Damage.count(); i++) {
            try {
                DictionaryForm.encode(DictionaryForm.decode(damage.damage(GOLDEN), 10));
                decoded++;
            } catch (ProtocolException expected) {
                assertThat(expected).hasMessageNotContaining("Exception");
            }
        }
        assertThat(decoded).isPositive();
    }
}
