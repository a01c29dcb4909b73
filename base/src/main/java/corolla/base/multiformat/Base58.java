package corolla.base.multiformat;

/** base58btc, without a multibase prefix: the text form of peer ids. */
public final class Base58 {
    private static final String ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    /** Work grows with the square of the length; the longest peer id has some 50 characters. */
    private static final int LENGTH_MAX = 512;

    private Base58() {}

    /** The text form; as many 1s in front as there are zero bytes. */
    public static String encode(byte[] bytes) {
        checkLength(bytes.length);
        int zeros = 0;
        while (zeros < bytes.length && bytes[zeros] == 0) {
            zeros++;
        }
        int[] digits = new int[bytes.length * 138 / 100 + 1]; // log 256 / log 58 = 1.37
        int count = 0;
        for (byte next : bytes) {
            count = multiplyAdd(digits, count, 256, Byte.toUnsignedInt(next), 58);
        }
        StringBuilder text = new StringBuilder("1".repeat(zeros));
        for (int i = count - 1; i >= 0; i--) {
            text.append(ALPHABET.charAt(digits[i]));
        }
        return text.toString();
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
        int[] digits = new int[text.length() + 1];
        int count = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = ALPHABET.indexOf(text.charAt(i));
            if (digit < 0) {
                throw new IllegalArgumentException(
                        "'" + text.charAt(i) + "' at position " + i + " is no base58 character");
            }
            count = multiplyAdd(digits, count, 58, digit, 256);
        }
        byte[] bytes = new byte[zeros + count];
        for (int i = 0; i < count; i++) {
            bytes[bytes.length - 1 - i] = (byte) digits[i];
        }
        return bytes;
    }

    /** Number ← number · factor + add, on {@code count} little-endian digits of {@code base}; returns the new count. */
    private static int multiplyAdd(int[] digits, int count, int factor, int add, int base) {
        int carry = add;
        for (int i = 0; i < count; i++) {
            carry += digits[i] * factor;
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
