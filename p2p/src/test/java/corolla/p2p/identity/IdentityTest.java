package corolla.p2p.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.base.protobuf.ProtoWriter;
import corolla.p2p.testing.FixedRandoms;
import corolla.p2p.testing.GoldenJson;
import corolla.p2p.testing.Mutations;
import corolla.testkit.GoldenFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {
    private static final GoldenJson KEYS = GoldenJson.load("keys/peer_ids.json");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"rsa2048", "ed25519"})
    void hivemindIdentityFileGivesItsKeysPeerIdAndSignature(String name) throws IOException {
        GoldenJson expected = KEYS.at(name);
        Identity identity = Identity.decode(GoldenFiles.bytes("hivemind/keys/" + name + ".identity"));
        assertThat(identity.publicKeyMessage()).isEqualTo(expected.hex("public_protobuf_hex"));
        assertThat(identity.peerId().bytes()).isEqualTo(expected.hex("peer_id_hex"));
        assertThat(identity.peerId().toBase58()).isEqualTo(expected.text("peer_id_base58"));
        String signature = name.equals("rsa2048") ? "sample_signature_pkcs1v15_sha256_hex" : "sample_signature_hex";
        byte[] message = expected.hex("sample_message_hex");
        assertThat(identity.sign(message)).isEqualTo(expected.hex(signature));
        PublicKey key = PublicKey.decode(expected.hex("public_protobuf_hex"));
        assertThat(key.verify(message, expected.hex(signature))).isTrue();
        message[0] ^= 1;
        assertThat(key.verify(message, expected.hex(signature))).isFalse();
        assertThat(key.verify(message, new byte[3])).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa2048", "ed25519"})
    void savedFileIsTheSameAndPrivate(String name) throws IOException {
        byte[] original = GoldenFiles.bytes("hivemind/keys/" + name + ".identity");
        Path file = folder.resolve("deep/er/node.identity");
        Identity.decode(original).save(file);
        Identity.decode(original).save(file);
        assertThat(file).hasBinaryContent(original);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(Identity.load(file).publicKey())
                .isEqualTo(Identity.decode(original).publicKey());
        assertThat(file.resolveSibling(".").toFile().list()).containsExactly("node.identity");
    }

    @Test
    void generatedIdentitySurvivesItsFile() throws IOException {
        Identity identity = Identity.generateEd25519(FixedRandoms.seeded(5));
        Path file = folder.resolve("node.identity");
        identity.save(file);
        Identity again = Identity.load(file);
        assertThat(again.peerId()).isEqualTo(identity.peerId());
        assertThat(identity.publicKey().verify(new byte[9], again.sign(new byte[9])))
                .isTrue();
        assertThat(identity.peerId().toBase58()).startsWith("12D3Koo");
    }

    @Test
    void damagedFileIsRefusedWithItsName() throws IOException {
        byte[] bytes = GoldenFiles.bytes("hivemind/keys/ed25519.identity");
        bytes[bytes.length - 1] ^= 1;
        Path file = folder.resolve("broken.identity");
        Files.write(file, bytes);
        assertThatThrownBy(() -> Identity.load(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("broken.identity")
                .hasMessageContaining("public half does not belong to its seed");
    }

    @Test
    void rsaKeyOf1024BitsIsRefused() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(1024);
        byte[] spki = generator.generateKeyPair().getPublic().getEncoded();
        byte[] message = new ProtoWriter().varint(1, 0).bytes(2, spki).toByteArray();
        assertThatThrownBy(() -> PublicKey.decode(message))
                .isInstanceOf(ProtocolException.class)
                .hasMessage("RSA key of 1024 bits is not within 2048 to 8192");
    }

    @Test
    void ecdsaAndSecp256k1KeysHaveAPeerIdAndVerifyNothing() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        byte[] spki = generator.generateKeyPair().getPublic().getEncoded();
        PublicKey ecdsa =
                PublicKey.decode(new ProtoWriter().varint(1, 3).bytes(2, spki).toByteArray());
        PublicKey secp = PublicKey.decode(
                new ProtoWriter().varint(1, 2).bytes(2, new byte[33]).toByteArray());
        assertThat(ecdsa.peerId().toBase58()).startsWith("Qm");
        assertThat(secp.peerId().toBase58()).startsWith("16Uiu2HA");
        assertThatThrownBy(() -> ecdsa.verify(new byte[1], new byte[64]))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("ECDSA");
        assertThatThrownBy(() -> secp.verify(new byte[1], new byte[64]))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("SECP256K1");
    }

    @Test
    void keyMessageThatIsNotCanonicalIsRefused() {
        byte[] key = KEYS.at("ed25519").hex("public_protobuf_hex");
        byte[] extended = Mutations.join(key, new byte[] {0x18, 0x01});
        assertThatThrownBy(() -> PublicKey.decode(extended)).hasMessageContaining("canonical");
        byte[] longVarint =
                Mutations.join(new byte[] {0x08, (byte) 0x81, 0x00}, java.util.Arrays.copyOfRange(key, 2, 36));
        assertThatThrownBy(() -> PublicKey.decode(longVarint)).hasMessageContaining("canonical");
    }

    @Test
    void mutatedKeysAndFilesNeverCrash() {
        Mutations mutations = new Mutations(11);
        byte[] file = GoldenFiles.bytes("hivemind/keys/rsa2048.identity");
        byte[] key = KEYS.at("rsa2048").hex("public_protobuf_hex");
        for (int i = 0; i < 500; i++) {
            refusesOrAccepts(() -> Identity.decode(mutations.mutate(file)));
            refusesOrAccepts(() -> PublicKey.decode(mutations.mutate(key)));
        }
    }

    private interface Decoding {
        Object decode() throws ProtocolException;
    }

    private static void refusesOrAccepts(Decoding decoding) {
        try {
            assertThat(decoding.decode()).isNotNull();
        } catch (ProtocolException e) {
            assertThat(e).hasMessageNotContaining("null");
        }
    }
}
