package corolla.swarm;

import corolla.base.ProtocolException;
import java.util.Comparator;

/**
 * The name of one transformer block in a swarm: {@code PREFIX.INDEX}, for example {@code TinyLLama-v0-hf.3}. Immutable.
 *
 * @param prefix the model's DHT prefix: not empty, without dots and spaces
 * @param index the block's position in the model, from 0
 */
public record BlockUid(String prefix, int index) implements Comparable<BlockUid> {
    private static final char DELIMITER = '.';
    private static final int INDEX_DIGITS_MAX = 6;
    private static final Comparator<BlockUid> ORDER =
            Comparator.comparing(BlockUid::prefix).thenComparingInt(BlockUid::index);

    public BlockUid {
        checkPrefix(prefix);
        if (index < 0) {
            throw new IllegalArgumentException("block index " + index + " of " + prefix + " is negative");
        }
    }

    /** Throws {@link IllegalArgumentException} when {@code prefix} cannot name a model in a DHT. */
    public static void checkPrefix(String prefix) {
        if (prefix.isEmpty() || prefix.indexOf(DELIMITER) >= 0 || prefix.indexOf(' ') >= 0) {
            throw new IllegalArgumentException(
                    "DHT prefix '" + prefix + "' must not be empty or contain '.' or a space");
        }
    }

    /** Reads the form of {@link #toString()}; the text may come from a peer. */
    public static BlockUid parse(String text) throws ProtocolException {
        int delimiter = text.indexOf(DELIMITER);
        int digits = text.length() - delimiter - 1;
        if (delimiter <= 0 || digits < 1 || digits > INDEX_DIGITS_MAX || text.indexOf(' ') >= 0) {
            throw notAUid(text);
        }
        return new BlockUid(text.substring(0, delimiter), parseIndex(text, delimiter + 1));
    }

    private static int parseIndex(String text, int from) throws ProtocolException {
        int index = 0;
        for (int i = from; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw notAUid(text);
            }
            index = index * 10 + digit;
        }
        return index;
    }

    private static ProtocolException notAUid(String text) {
        return new ProtocolException("'" + shortened(text) + "' is not a block uid of the form PREFIX.INDEX");
    }

    private static String shortened(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }

    @Override
    public int compareTo(BlockUid other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return prefix + DELIMITER + index;
    }
}
