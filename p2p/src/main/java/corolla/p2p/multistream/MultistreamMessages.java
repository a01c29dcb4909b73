package corolla.p2p.multistream;

import corolla.base.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Tokens: a varint length that counts the newline, text, newline. */
final class MultistreamMessages {
    static final String HEADER = "/multistream/1.0.0";
    static final String NOT_AVAILABLE = "na";

    /** Longest token, newline included; longer ones are nobody's protocol. */
    static final int TOKEN_BYTES_MAX = 1024;

    /** A token's length takes at most two bytes, since 1024 does. */
    private static final int LENGTH_BYTES_MAX = 2;

    private MultistreamMessages() {}

    static byte[] encode(String... tokens) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String token : tokens) {
            byte[] text = token.getBytes(StandardCharsets.UTF_8);
            int length = text.length + 1;
            if (length > TOKEN_BYTES_MAX) {
                throw new IllegalArgumentException("protocol name of " + text.length + " bytes exceeds 1023");
            }
            if (length < 0x80) {
                out.write(length);
            } else {
                out.write((length & 0x7f) | 0x80);
                out.write(length >>> 7);
            }
            out.writeBytes(text);
            out.write('\n');
        }
        return out.toByteArray();
    }

    /**
     * A token at the start of some bytes.
     *
     * @param bytes how many bytes it takes there
     */
    record Token(String text, int bytes) {}

    /** The token at {@code [from, to)}; empty when it is not whole yet. */
    static Optional<Token> decode(byte[] bytes, int from, int to) throws ProtocolException {
        int length = 0;
        int at = from;
        for (int i = 0; ; i++) {
            if (i == LENGTH_BYTES_MAX) {
                throw new ProtocolException("multistream token is longer than " + TOKEN_BYTES_MAX + " bytes");
            }
            if (at == to) {
                return Optional.empty();
            }
            byte next = bytes[at++];
            length |= (next & 0x7f) << (7 * i);
            if (next >= 0) {
                break;
            }
        }
        if (length == 0 || length > TOKEN_BYTES_MAX) {
            throw new ProtocolException("multistream token of " + length + " bytes, expected 1 to " + TOKEN_BYTES_MAX);
        }
        if (to - at < length) {
            return Optional.empty();
        }
        if (bytes[at + length - 1] != '\n') {
            throw new ProtocolException("multistream token of " + length + " bytes does not end with a newline");
        }
        String text = new String(bytes, at, length - 1, StandardCharsets.UTF_8);
        return Optional.of(new Token(text, at + length - from));
    }
}
