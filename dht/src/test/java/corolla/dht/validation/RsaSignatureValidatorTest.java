package corolla.dht.validation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.dht.kbucket.DhtId;
import corolla.dht.testing.Damage;
import corolla.dht.testing.Golden;
import corolla.p2p.identity.Identity;
import corolla.testkit.GoldenFiles;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.RSAPublicKeySpec;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RsaSignatureValidatorTest {
    private static final JsonNode SAMPLE = Golden.json("signed_record.json");
    private static final DhtRecord SIGNED = record("signed_value_hex");
    private static final DhtRecord UNSIGNED = record("value_hex");
    private static final RsaSignatureValidator VALIDATOR = new RsaSignatureValidator(keys());

    private static DhtRecord record(String value) {
        return new DhtRecord(
                Golden.hex(SAMPLE, "key_hex"),
                Golden.hex(SAMPLE, "subkey_hex"),
                Golden.hex(SAMPLE, value),
                SAMPLE.get("expiration_time").asDouble());
    }

    private static KeyPair keys() {
        try {
            Identity identity = Identity.decode(GoldenFiles.bytes("hivemind/keys/rsa2048.identity"));
            RSAPrivateCrtKey secret = (RSAPrivateCrtKey) Objects.requireNonNull(identity.rsaPrivateKey());
            return new KeyPair(
                    KeyFactory.getInstance("RSA")
                            .generatePublic(new RSAPublicKeySpec(secret.getModulus(), secret.getPublicExponent())),
                    secret);
        } catch (GeneralSecurityException | ProtocolException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void ownerMarkerEqualsHiveminds() {
        assertThat(VALIDATOR.ownerMarker()).isEqualTo(Golden.hex(SAMPLE, "owner_marker_hex"));
    }

    @Test
    void hivemindsSignatureIsValid() {
        assertThat(VALIDATOR.validate(SIGNED)).isTrue();
        assertThat(VALIDATOR.strip(SIGNED)).isEqualTo(UNSIGNED.value());
    }

    @Test
    void changedRecordsAreNotValid() {
        DhtRecord later = new DhtRecord(SIGNED.keyId(), SIGNED.subkey(), SIGNED.value(), SIGNED.expiration() + 1);
        assertThat(VALIDATOR.validate(later)).isFalse();
        DhtRecord otherKey = new DhtRecord(new byte[20], SIGNED.subkey(), SIGNED.value(), SIGNED.expiration());
        assertThat(VALIDATOR.validate(otherKey)).isFalse();
        assertThat(VALIDATOR.validate(UNSIGNED)).isFalse();
    }

    @Test
    void ourSignatureIsValidAndEndsTheValue() {
        DhtRecord signed = UNSIGNED.withValue(VALIDATOR.sign(UNSIGNED));
        assertThat(VALIDATOR.validate(signed)).isTrue();
        assertThat(VALIDATOR.strip(signed)).isEqualTo(UNSIGNED.value());
        assertThat(signed.value().length).isEqualTo(SIGNED.value().length);
    }

    @Test
    void recordsWithoutOwnerNeedNoSignature() {
        DhtRecord open = new DhtRecord(new byte[20], Pack.of("subkey").encode(), new byte[] {1}, 5);
        assertThat(VALIDATOR.validate(open)).isTrue();
        assertThat(VALIDATOR.sign(open)).isSameAs(open.value());
    }

    @Test
    void twoOwnersAreNotValid() {
        byte[] two = ByteText.concat(SIGNED.subkey(), "[owner:ssh-rsa AAAA]".getBytes(StandardCharsets.US_ASCII));
        assertThat(VALIDATOR.validate(new DhtRecord(SIGNED.keyId(), two, SIGNED.value(), SIGNED.expiration())))
                .isFalse();
    }

    @Test
    void twoSignaturesAreNotValid() {
        byte[] twice = VALIDATOR.sign(SIGNED);
        assertThat(VALIDATOR.validate(SIGNED.withValue(twice))).isFalse();
    }

    @Test
    void damagedRecordsAreNotValid() {
        Damage damage = new Damage(41);
        for (int i = 0; i < 300; i++) {
            byte[] value = damage.damage(SIGNED.value());
            byte[] subkey = damage.damage(SIGNED.subkey());
            DhtRecord damaged = new DhtRecord(SIGNED.keyId(), subkey, value, SIGNED.expiration());
            boolean protectedStill = !OwnerMarkers.of(damaged.keyId(), subkey).isEmpty();
            assertThat(protectedStill && VALIDATOR.validate(damaged)).isFalse();
        }
    }

    @Test
    void chainSignsUpwardsAndValidatesDownwards() {
        SchemaValidator schema = SchemaValidator.of(Pack.of("other"), true, (subkey, value) -> false);
        ValidatorChain chain = new ValidatorChain(List.of(VALIDATOR, schema));
        DhtRecord signed = UNSIGNED.withValue(chain.sign(UNSIGNED));
        assertThat(chain.validate(signed)).isTrue();
        assertThat(chain.strip(signed)).isEqualTo(UNSIGNED.value());
        assertThat(chain.validate(UNSIGNED)).isFalse();
    }

    @Test
    void schemaSeesTheValueWithoutSignatureAndAcceptsWhatAnyCheckAccepts() {
        Pack key = Pack.of("checked");
        byte[] keyId = DhtId.ofKey(key).bytes();
        SchemaValidator numbers = SchemaValidator.of(key, false, (subkey, value) -> value instanceof Pack.Int);
        SchemaValidator texts = SchemaValidator.of(key, false, (subkey, value) -> value instanceof Pack.Text);
        DhtRecord text =
                new DhtRecord(keyId, new byte[] {(byte) 0xc0}, Pack.of("x").encode(), 1);
        assertThat(numbers.validate(text)).isFalse();
        assertThat(numbers.or(texts).validate(text)).isTrue();
        assertThat(numbers.validate(new DhtRecord(new byte[20], text.subkey(), text.value(), 1)))
                .isFalse();
        assertThat(numbers.validate(text.withValue(new byte[] {(byte) 0xc1}))).isFalse();
    }
}
