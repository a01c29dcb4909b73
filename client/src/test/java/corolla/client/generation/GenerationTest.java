package corolla.client.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.client.generation.GenerationResult.StopReason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GenerationTest {
    private final TickingClock clock = new TickingClock();
    private final Generation generation = new Generation(clock, Duration.ofSeconds(5));

    @Test
    void lastTokenIsNotFed() throws Exception {
        var session = new CountingSession(10);
        var result = generation.run(
                session,
                GenerationRequest.greedy(new int[] {3, 4}, 3),
                TextDecoder.none(),
                GenerationListener.silent());
        assertThat(result.ids()).containsExactly(5, 6, 7);
        assertThat(result.reason()).isEqualTo(StopReason.LENGTH);
        assertThat(session.fed).containsExactly(3, 4, 5, 6);
    }

    @Test
    void timesAreTakenFromTheCallToTheTokens() throws Exception {
        var result = generation.run(
                new CountingSession(10),
                GenerationRequest.greedy(new int[] {3, 4}, 3),
                TextDecoder.none(),
                GenerationListener.silent());
        assertThat(result.timeToFirstToken()).isEqualTo(Duration.ofMillis(100));
        assertThat(result.time()).isEqualTo(Duration.ofMillis(300));
        assertThat(result.tokensPerSecond()).isEqualTo(10);
    }

    @Test
    void endTokenEndsTheAnswerAndIsNotText() throws Exception {
        var heard = new StringBuilder();
        var result = generation.run(
                new CountingSession(20),
                new GenerationRequest(new int[] {3}, 9, SamplingOptions.greedy(), Set.of(6), List.of()),
                letters(),
                (id, piece) -> {
                    heard.append(piece);
                    return true;
                });
        assertThat(result.ids()).containsExactly(4, 5, 6);
        assertThat(result.text()).isEqualTo("ef").isEqualTo(heard.toString());
        assertThat(result.reason()).isEqualTo(StopReason.END_TOKEN);
    }

    @Test
    void stopStringOverTwoTokensIsCutOff() throws Exception {
        var result = generation.run(
                new CountingSession(20),
                new GenerationRequest(new int[] {3}, 9, SamplingOptions.greedy(), Set.of(), List.of("gh")),
                letters(),
                GenerationListener.silent());
        assertThat(result.text()).isEqualTo("ef");
        assertThat(result.ids()).containsExactly(4, 5, 6, 7);
        assertThat(result.reason()).isEqualTo(StopReason.STOP_STRING);
    }

    @Test
    void heldBackTextComesAtTheEnd() throws Exception {
        var heard = new ArrayList<String>();
        var result = generation.run(
                new CountingSession(20),
                new GenerationRequest(new int[] {3}, 3, SamplingOptions.greedy(), Set.of(), List.of("gX")),
                letters(),
                new GenerationListener() {
                    @Override
                    public boolean token(int id, String piece) {
                        return heard.add(piece);
                    }

                    @Override
                    public void end(String piece) {
                        heard.add("end:" + piece);
                    }
                });
        assertThat(heard).containsExactly("e", "f", "", "end:g");
        assertThat(result.text()).isEqualTo("efg");
    }

    @Test
    void listenerCanEndTheAnswer() throws Exception {
        var result = generation.run(
                new CountingSession(20), GenerationRequest.greedy(new int[] {3}, 9), letters(), (id, piece) -> id < 5);
        assertThat(result.ids()).containsExactly(4, 5);
        assertThat(result.reason()).isEqualTo(StopReason.CANCELLED);
    }

    @Test
    void answerThatDoesNotFitIsRefusedBeforeTheFirstStep() {
        var session = new CountingSession(4);
        assertThatThrownBy(() -> generation.run(
                        session, GenerationRequest.greedy(new int[] {1, 2}, 4), letters(), GenerationListener.silent()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the session holds 4");
        assertThat(session.fed).isEmpty();
    }

    private static TextDecoder letters() {
        return new TextDecoder() {
            @Override
            public String add(int id) {
                return Character.toString('a' + id);
            }

            @Override
            public String end() {
                return "";
            }
        };
    }

    /** The next token is always the last one plus one; a step takes 100 ms. */
    private final class CountingSession implements TokenSession {
        private final List<Integer> fed = new ArrayList<>();
        private final int positionMax;

        CountingSession(int positionMax) {
            this.positionMax = positionMax;
        }

        @Override
        public float[] step(int[] ids, Deadline deadline) {
            assertThat(deadline.isOver(clock)).isFalse();
            clock.nanos += 100_000_000;
            for (int id : ids) {
                fed.add(id);
            }
            float[] logits = new float[30];
            logits[fed.getLast() + 1] = 1;
            return logits;
        }

        @Override
        public int position() {
            return fed.size();
        }

        @Override
        public int positionMax() {
            return positionMax;
        }

        @Override
        public void rollBack(int position) {
            fed.subList(position, fed.size()).clear();
        }

        @Override
        public void close() {
            fed.clear();
        }
    }

    private static final class TickingClock implements Clock {
        private long nanos = 1_000;

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public Instant now() {
            return Instant.EPOCH.plusNanos(nanos);
        }

        @Override
        public void sleep(Duration time) {
            nanos += time.toNanos();
        }
    }
}
