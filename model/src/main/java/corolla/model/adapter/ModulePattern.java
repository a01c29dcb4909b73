package corolla.model.adapter;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression for names of modules out of an adapter's configuration: bytes of a stranger, so that what it may cost
 * is limited. Immutable.
 */
final class ModulePattern {
    private static final int LENGTH_MAX = 4096;
    /** A name has some 60 letters; looking at each a thousand times is much, and takes less than a millisecond. */
    private static final int LOOKS_MAX = 1 << 16;

    private final Pattern pattern;

    private ModulePattern(Pattern pattern) {
        this.pattern = pattern;
    }

    /** @throws IllegalArgumentException when it is no regular expression, or a very long one */
    static ModulePattern of(String expression) {
        if (expression.length() > LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "a pattern of " + expression.length() + " characters, allowed are " + LENGTH_MAX);
        }
        try {
            return new ModulePattern(Pattern.compile(expression));
        } catch (PatternSyntaxException broken) {
            throw new IllegalArgumentException(
                    "pattern \"" + expression + "\" is not understood: " + broken.getDescription(), broken);
        }
    }

    /** Python's {@code re.fullmatch}. */
    boolean matches(String name) {
        return pattern.matcher(new Limited(name, new int[1])).matches();
    }

    /** A name that counts how often it is looked at. */
    private record Limited(String text, int[] looks) implements CharSequence {

        @Override
        public char charAt(int index) {
            if (++looks[0] > LOOKS_MAX) {
                throw new IllegalArgumentException("a pattern takes too long on module " + text);
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Limited(text.substring(start, end), looks);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
