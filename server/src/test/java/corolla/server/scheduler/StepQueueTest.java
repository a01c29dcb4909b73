package corolla.server.scheduler;

import static corolla.server.scheduler.Priority.BATCH;
import static corolla.server.scheduler.Priority.INFERENCE;
import static org.assertj.core.api.Assertions.assertThat;

import corolla.server.scheduler.StepQueue.Ticket;
import org.junit.jupiter.api.Test;

class StepQueueTest {

    private static Ticket add(StepQueue queue, Priority priority) {
        return queue.add(priority).orElseThrow();
    }

    @Test
    void inferenceOvertakesAndEqualsKeepTheirOrder() {
        var queue = new StepQueue(10);
        Ticket batch = add(queue, BATCH);
        Ticket first = add(queue, INFERENCE);
        Ticket second = add(queue, INFERENCE);
        for (Ticket expected : new Ticket[] {first, second, batch}) {
            assertThat(queue.isNext(expected)).isTrue();
            queue.take(expected);
        }
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void batchGetsATurnAfterManyUrgentOnes() {
        var queue = new StepQueue(100);
        Ticket batch = add(queue, BATCH);
        for (int i = 0; i < StepQueue.URGENT_TURNS_MAX; i++) {
            Ticket urgent = add(queue, INFERENCE);
            assertThat(queue.isNext(urgent)).isTrue();
            queue.take(urgent);
        }
        Ticket late = add(queue, INFERENCE);
        assertThat(queue.isNext(batch)).isTrue();
        queue.take(batch);
        assertThat(queue.isNext(late)).isTrue();
    }

    @Test
    void theQueueHasALimitAndPlacesComeBack() {
        var queue = new StepQueue(1);
        Ticket only = add(queue, BATCH);
        assertThat(queue.add(INFERENCE)).isEmpty();
        queue.remove(only);
        queue.remove(only);
        assertThat(queue.size()).isZero();
        assertThat(queue.add(INFERENCE)).isPresent();
    }
}
