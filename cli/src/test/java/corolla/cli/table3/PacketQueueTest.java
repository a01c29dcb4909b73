package corolla.cli.table3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PacketQueueTest {
    private final PacketQueue queue = new PacketQueue(3);

    @Test
    void packetsLeaveInTheOrderInWhichTheyCame() {
        queue.add(100, 7, 1500);
        queue.add(90, 8, 40);
        assertThat(queue.untilDue(60, 1000)).isEqualTo(40);
        assertThat(queue.lateness(130)).isEqualTo(30);
        assertThat(queue.target()).isEqualTo(7);
        assertThat(queue.bytes()).isEqualTo(1500);
        queue.remove();
        assertThat(queue.target()).isEqualTo(8);
        assertThat(queue.untilDue(200, 1000)).isZero();
    }

    @Test
    void placesAreUsedAgain() {
        for (int i = 0; i < 10; i++) {
            int place = queue.free();
            queue.add(i, i, i);
            assertThat(queue.place()).isEqualTo(place);
            queue.remove();
        }
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.untilDue(0, 1000)).isEqualTo(1000);
    }

    @Test
    void aFullQueueTakesNothing() {
        for (int i = 0; i < 3; i++) {
            queue.add(i, 0, 1);
        }
        assertThat(queue.free()).isEqualTo(-1);
        assertThatThrownBy(() -> queue.add(4, 0, 1)).isInstanceOf(IllegalStateException.class);
    }
}
