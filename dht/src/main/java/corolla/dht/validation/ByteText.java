package corolla.dht.validation;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** Searching and joining bytes that are partly text. */
final class ByteText {
    private ByteText() {}

    /** Where {@code wanted} begins at or after {@code from}; -1 when it is not there. */
    static int indexOf(byte[] bytes, byte[] wanted, int from) {
        for (int i = from; i <= bytes.length - wanted.length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
