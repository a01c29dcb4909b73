package corolla.dht.validation;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;

/** Finds {@code [owner:…]} in the bytes of keys and subkeys. */
final class OwnerMarkers {
    private static final byte[] START = "[owner:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = {']'};

    private OwnerMarkers() {}

    /** The distinct owners named, each up to the nearest {@code ]}. */
    static Set<String> of(byte[] key, byte[] subkey) {
        Set<String> owners = new LinkedHashSet<>();
        addFrom(key, owners);
        addFrom(subkey, owners);
        return owners;
    }

    private static void addFrom(byte[] bytes, Set<String> into) {
        int start = ByteText.indexOf(bytes, START, 0);
        while (start >= 0) {
            int end = ByteText.indexOf(bytes, END, start + START.length);
            if (end < 0) {
                return;
            }
            into.add(new String(bytes, start + START.length, end - start - START.length, StandardCharsets.ISO_8859_1));
            start = ByteText.indexOf(bytes, START, end);
        }
    }
}
