package corolla.dht.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.dht.testing.Ids;
import org.junit.jupiter.api.Test;

class BlacklistTest {
    private final Blacklist blacklist = new Blacklist(5, 60, 3);

    @Test
    void bansDoubleWithEachFailureUpToTheMaximum() {
        double now = 0;
        for (double expected : new double[] {5, 10, 20, 40, 60, 60}) {
            blacklist.failed(Ids.peer(1), now);
            assertThat(blacklist.contains(Ids.peer(1), now + expected - 0.01)).isTrue();
            assertThat(blacklist.contains(Ids.peer(1), now + expected)).isFalse();
            now += expected;
        }
    }

    @Test
    void failuresDuringABanCountOnce() {
        blacklist.failed(Ids.peer(1), 0);
        blacklist.failed(Ids.peer(1), 1);
        assertThat(blacklist.contains(Ids.peer(1), 5)).isFalse();
    }

    @Test
    void anAnswerForgivesAll() {
        blacklist.failed(Ids.peer(1), 0);
        blacklist.answered(Ids.peer(1));
        assertThat(blacklist.contains(Ids.peer(1), 1)).isFalse();
        blacklist.failed(Ids.peer(1), 1);
        assertThat(blacklist.contains(Ids.peer(1), 6)).isFalse();
    }

    @Test
    void itForgetsTheEldestWhenFull() {
        for (int i = 0; i < 4; i++) {
            blacklist.failed(Ids.peer(i), 0);
        }
        assertThat(blacklist.contains(Ids.peer(0), 1)).isFalse();
        assertThat(blacklist.contains(Ids.peer(3), 1)).isTrue();
    }
}
