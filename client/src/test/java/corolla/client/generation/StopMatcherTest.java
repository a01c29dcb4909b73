package corolla.client.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StopMatcherTest {

    @Test
    void textWithoutStopStringsPassesAtOnce() {
        var matcher = new StopMatcher(List.of());
        assertThat(matcher.add("hello")).isEqualTo("hello");
        assertThat(matcher.end()).isEmpty();
        assertThat(matcher.isStopped()).isFalse();
    }

    @Test
    void stopStringAcrossThreePiecesEndsTheText() {
        var matcher = new StopMatcher(List.of("\nUser:"));
        assertThat(matcher.add("Yes.\nU")).isEqualTo("Yes.");
        assertThat(matcher.add("se")).isEmpty();
        assertThat(matcher.add("r: and more")).isEmpty();
        assertThat(matcher.isStopped()).isTrue();
        assertThat(matcher.add("even more")).isEmpty();
        assertThat(matcher.end()).isEmpty();
    }

    @Test
    void heldTextThatIsNoStopStringComesLater() {
        var matcher = new StopMatcher(List.of("###"));
        assertThat(matcher.add("a##")).isEqualTo("a");
        assertThat(matcher.add("b#")).isEqualTo("##b");
        assertThat(matcher.end()).isEqualTo("#");
    }

    @Test
    void stopStringThatIsCompleteFirstWins() {
        var matcher = new StopMatcher(List.of("abc", "b"));
        assertThat(matcher.add("xabc")).isEqualTo("xa");
        assertThat(matcher.isStopped()).isTrue();
    }

    @Test
    void emptyStopStringIsRefused() {
        assertThatThrownBy(() -> new StopMatcher(List.of(""))).isInstanceOf(IllegalArgumentException.class);
    }

    /** Whatever the pieces, the text shown is the same. */
    @Test
    void resultDoesNotDependOnThePieces() {
        var random = new SplittableRandom(7);
        for (int round = 0; round < 2_000; round++) {
            String text = word(random, 30);
            List<String> stops = List.of(word(random, 1 + random.nextInt(4)), word(random, 1 + random.nextInt(4)));
            assertThat(inPieces(text, stops, random))
                    .as("text %s, stops %s", text, stops)
                    .isEqualTo(inPieces(text, stops, null));
        }
    }

    private static String inPieces(String text, List<String> stops, @Nullable SplittableRandom random) {
        var matcher = new StopMatcher(stops);
        var shown = new StringBuilder();
        for (int at = 0; at < text.length(); ) {
            int end = random == null ? text.length() : Math.min(text.length(), at + 1 + random.nextInt(5));
            shown.append(matcher.add(text.substring(at, end)));
            at = end;
        }
        return shown.append(matcher.end()).toString();
    }

    private static String word(SplittableRandom random, int length) {
        var word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append((char) ('a' + random.nextInt(3)));
        }
        return word.toString();
    }
}
