package corolla.base.multiformat;

/** base58btc, without a multibase prefix: the text form of peer ids. */
public final class Base58 {
    private static final String ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    /** Work grows with the square of the length; the longest peer id has some 50 characters. */
    private static final int LENGTH_MAX = 512;

    /** Characters are taken so many at a time: a long holds a product of such digits. */
    private static final int CHARACTERS = 5;

    private static final long BASE = 58L * 58 * 58 * 58 * 58;

    private Base58() {}

    /** The text form; as many 1s in front as there are zero bytes. */
    public static String encode(byte[] bytes) {
        checkLength(bytes.length);
        int zeros = 0;
        while (zeros < bytes.length && bytes[zeros] == 0) {
            zeros++;
        }
        long[] digits = new long[bytes.length * 138 / 100 / CHARACTERS + 2]; // log 256 / log 58 = 1.37
        int count = 0;
        for (int at = 0; at < bytes.length; at += Integer.BYTES) {
            int end = Math.min(at + Integer.BYTES, bytes.length);
            long chunk = 0;
            for (int i = at; i < end; i++) {
                chunk = chunk << Byte.SIZE | Byte.toUnsignedInt(bytes[i]);
            }
            count = multiplyAdd(digits, count, 1L << Byte.SIZE * (end - at), chunk, BASE);
        }
        return "1".repeat(zeros) + text(digits, count);
    }

    private static String text(long[] digits, int count) {
        char[] text = new char[count * CHARACTERS];
        int first = text.length;
        for (int i = 0; i < count; i++) {
            long digit = digits[i];
            for (int j = 0; j < CHARACTERS && (i < count - 1 || digit > 0); j++) {
                text[--first] = ALPHABET.charAt((int) (digit % 58));
                digit /= 58;
            }
        }
        return new String(text, first, text.length - first);
    }

    /**
     * Reads the text form.
     *
     * @throws IllegalArgumentException when a character is none of the alphabet, or the text is too long
     */
    public static byte[] decode(String text) {
        checkLength(text.length());
        int zeros = 0;
        while (zeros < text.length() && text.charAt(zeros) == '1') {
            zeros++;
        }
        long[] words = new long[text.length() / CHARACTERS + 2]; // five characters have less than 32 bits
        int count = 0;
        for (int at = 0; at < text.length(); at += CHARACTERS) {
            int end = Math.min(at + CHARACTERS, text.length());
            long factor = 1;
            long chunk = 0;
            for (int i = at; i < end; i++) {
                factor *= 58;
                chunk = chunk * 58 + valueAt(text, i);
            }
            count = multiplyAdd(words, count, factor, chunk, 1L << Integer.SIZE);
        }
        int wordBytes = count == 0 ? 0 : count * Integer.BYTES - (Long.numberOfLeadingZeros(words[count - 1]) - 32) / 8;
        byte[] bytes = new byte[zeros + wordBytes];
        for (int i = 0; i < wordBytes; i++) {
            bytes[bytes.length - 1 - i] = (byte) (words[i / Integer.BYTES] >>> Byte.SIZE * (i % Integer.BYTES));
        }
        return bytes;
    }

    private static int valueAt(String text, int at) {
        int value = ALPHABET.indexOf(text.charAt(at));
        if (value < 0) {
            throw new IllegalArgumentException(
                    "'" + text.charAt(at) + "' at position " + at + " is no base58 character");
        }
        return value;
    }

    /** Number ← number · factor + add, on {@code count} little-endian digits of {@code base}; returns the new count. */
    private static int multiplyAdd(long[] digits, int count, long factor, long add, long base) {
        long carry = add;
        for (int i = 0; i < count; i++) {
            carry += digits[i] * factor; // digits have up to 32 bits, factors up to 32 where digits have up to 30
            digits[i] = carry % base;
            carry /= base;
        }
        int end = count;
        for (; carry > 0; carry /= base) {
            digits[end++] = carry % base;
        }
        return end;
    }

    private static void checkLength(int length) {
        if (length > LENGTH_MAX) {
            throw new IllegalArgumentException("base58 of length " + length + " exceeds " + LENGTH_MAX);
        }
    }
}
