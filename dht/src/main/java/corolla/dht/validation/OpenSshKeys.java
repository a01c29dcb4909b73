package corolla.dht.validation;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;
import java.util.Optional;

/** RSA public keys as OpenSSH writes them: {@code ssh-rsa} and the base64 of name, exponent and modulus (RFC 4253, 6.6). */
final class OpenSshKeys {
    private static final String NAME = "ssh-rsa";

    /** 8192 bits, as libp2p allows; verifying with larger ones would cost a remote nothing and us much. */
    private static final int PART_BYTES_MAX = 1025;

    private OpenSshKeys() {}

    static String format(RSAPublicKey key) {
        ByteArrayOutputStream blob = new ByteArrayOutputStream();
        write(NAME.getBytes(StandardCharsets.US_ASCII), blob);
        write(key.getPublicExponent().toByteArray(), blob);
        write(key.getModulus().toByteArray(), blob);
        return NAME + " " + Base64.getEncoder().encodeToString(blob.toByteArray());
    }

    private static void write(byte[] part, ByteArrayOutputStream out) {
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).array());
        out.writeBytes(part);
    }

    /** Empty when the text is no RSA key of sensible size; a comment after the key is passed over. */
    static Optional<RSAPublicKey> parse(String text) {
        String[] words = text.trim().split(" ", 3);
        if (words.length < 2 || !words[0].equals(NAME)) {
            return Optional.empty();
        }
        try {
            ByteBuffer blob = ByteBuffer.wrap(Base64.getDecoder().decode(words[1]));
            if (!new String(part(blob), StandardCharsets.US_ASCII).equals(NAME)) {
                return Optional.empty();
            }
            BigInteger exponent = new BigInteger(part(blob));
            BigInteger modulus = new BigInteger(part(blob));
            var key = KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent));
            return key instanceof RSAPublicKey rsa && !blob.hasRemaining() ? Optional.of(rsa) : Optional.empty();
        } catch (GeneralSecurityException
                | IllegalArgumentException
                | ArithmeticException
                | BufferUnderflowException malformed) {
            return Optional.empty();
        }
    }

    private static byte[] part(ByteBuffer blob) {
        int count = blob.getInt();
        if (count < 1 || count > PART_BYTES_MAX || count > blob.remaining()) {
            throw new IllegalArgumentException("a part of an OpenSSH key has " + count + " bytes");
        }
        byte[] part = new byte[count];
        blob.get(part);
        return part;
    }
}
