package corolla.server.placement;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.server.placement.Move.Kind;
import corolla.server.placement.Move.Reason;
import corolla.swarm.Span;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class MoveMemoryTest {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();
    private final MoveMemory memory = new MoveMemory(Duration.ofMinutes(2), Duration.ofMinutes(30));

    private static Move move(Kind kind, int block) {
        return new Move(new Span(0, 3), new Span(3, 6), new Reason(kind, block), 1, 2);
    }

    @Test
    void theFirstMoveIsFree() {
        assertThat(memory.allows(move(Kind.WEAK, 3), 0)).isTrue();
    }

    @Test
    void neverTwiceInARowForTheSameReason() {
        memory.moved(move(Kind.HOLE, 3), 0);
        assertThat(memory.allows(move(Kind.HOLE, 3), 10 * MINUTE)).isFalse();
        assertThat(memory.allows(move(Kind.HOLE, 4), 10 * MINUTE)).isTrue();
        assertThat(memory.allows(move(Kind.WEAK, 3), 10 * MINUTE)).isTrue();
        memory.moved(move(Kind.WEAK, 3), 10 * MINUTE);
        assertThat(memory.allows(move(Kind.HOLE, 3), 20 * MINUTE))
                .as("another came between")
                .isTrue();
    }

    @Test
    void aReasonIsForgottenAfterAWhile() {
        memory.moved(move(Kind.WEAK, 3), 0);
        assertThat(memory.allows(move(Kind.WEAK, 3), 29 * MINUTE)).isFalse();
        assertThat(memory.allows(move(Kind.WEAK, 3), 30 * MINUTE)).isTrue();
    }

    @Test
    void onlyAMissingBlockIsUrgent() {
        memory.moved(move(Kind.WEAK, 3), 0);
        assertThat(memory.allows(move(Kind.WEAK, 1), MINUTE)).isFalse();
        assertThat(memory.allows(move(Kind.WEAK, 1), 2 * MINUTE)).isTrue();
        assertThat(memory.allows(move(Kind.HOLE, 1), 1)).isTrue();
    }

    @Test
    void itRestsAfterAMoveAndLongerWhenAskedForTheSameAgain() {
        assertThat(memory.isResting(0)).isFalse();
        memory.moved(move(Kind.WEAK, 3), 0);
        assertThat(memory.isResting(MINUTE)).isTrue();
        assertThat(memory.isResting(2 * MINUTE)).isFalse();
        memory.allows(move(Kind.WEAK, 3), 3 * MINUTE);
        assertThat(memory.isResting(29 * MINUTE)).isTrue();
        assertThat(memory.isResting(30 * MINUTE)).isFalse();
    }
}
