package corolla.base.multiformat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** How the value of an address part looks in bytes and in text. */
enum ValueForm {
    NONE(0),
    IP4(4),
    IP6(16),
    PORT(2),
    TEXT(-1),
    MULTIHASH(-1),
    MULTIBASE(-1);

    private static final int LENGTH_MAX = 255;

    private final int size;

    ValueForm(int size) {
        this.size = size;
    }

    /** Whether a length stands before the value in the binary form. */
    boolean hasLength() {
        return size < 0;
    }

    /** Bytes of a value without a length before it. */
    int size() {
        return size;
    }

    /** @throws IllegalArgumentException when the value has the wrong size or may not be in an address */
    void check(byte[] value) {
        if (hasLength() ? value.length == 0 || value.length > LENGTH_MAX : value.length != size) {
            throw new IllegalArgumentException("value of " + value.length + " bytes instead of "
                    + (hasLength() ? "1 to " + LENGTH_MAX : Integer.toString(size)));
        }
        if (this == TEXT) {
            checkText(new String(value, StandardCharsets.UTF_8));
        }
    }

    String toText(byte[] value) {
        return switch (this) {
            case NONE -> "";
            case IP4 -> IpText.formatIp4(value);
            case IP6 -> IpText.formatIp6(value);
            case PORT -> Integer.toString(Byte.toUnsignedInt(value[0]) << 8 | Byte.toUnsignedInt(value[1]));
            case TEXT -> new String(value, StandardCharsets.UTF_8);
            case MULTIHASH -> Base58.encode(value);
            case MULTIBASE -> "u" + Base64.getUrlEncoder().withoutPadding().encodeToString(value);
        };
    }

    /** @throws IllegalArgumentException when {@code text} is not of this form */
    byte[] fromText(String text) {
        return switch (this) {
            case NONE -> new byte[0];
            case IP4 -> IpText.parseIp4(text);
            case IP6 -> IpText.parseIp6(text);
            case PORT -> parsePort(text);
            case TEXT -> text.getBytes(StandardCharsets.UTF_8);
            case MULTIHASH -> Base58.decode(text);
            case MULTIBASE -> parseMultibase(text);
        };
    }

    private static byte[] parsePort(String text) {
        if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 65_535) {
            throw new IllegalArgumentException("'" + text + "' is no port from 0 to 65535");
        }
        int port = Integer.parseInt(text);
        return new byte[] {(byte) (port >> 8), (byte) port};
    }

    private static byte[] parseMultibase(String text) {
        if (!text.startsWith("u")) {
            throw new IllegalArgumentException("'" + text + "' does not begin with u, as base64url does");
        }
        return Base64.getUrlDecoder().decode(text.substring(1));
    }

    private static void checkText(String text) {
        if (text.indexOf('/') >= 0 || text.chars().anyMatch(c -> c < ' ' || c == '\uFFFD')) {
            throw new IllegalArgumentException("a name with a slash, a control character or broken UTF-8");
        }
    }
}
