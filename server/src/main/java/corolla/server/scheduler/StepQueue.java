package corolla.server.scheduler;

import java.util.ArrayDeque;
import java.util.Optional;

/**
 * Order of waiting steps: higher priorities first, within a priority in the order they came; after some turns in a row the
 * lower priority gets one, so that it does not starve. Pure: no clock, no waiting; confined to whoever locks it.
 */
final class StepQueue {
    /** Turns that inference may take in a row while something else waits. */
    static final int URGENT_TURNS_MAX = 16;

    private final int waitingMax;
    private final ArrayDeque<Ticket> urgent = new ArrayDeque<>();
    private final ArrayDeque<Ticket> batch = new ArrayDeque<>();
    private int count;
    private int urgentTurns;

    /** A place in the queue. Equal only to itself. */
    static final class Ticket {
        private final Priority priority;

        private Ticket(Priority priority) {
            this.priority = priority;
        }
    }

    StepQueue(int waitingMax) {
        this.waitingMax = waitingMax;
    }

    boolean isEmpty() {
        return count == 0;
    }

    int size() {
        return count;
    }

    /** Takes a place; empty when the queue is full. */
    Optional<Ticket> add(Priority priority) {
        if (count >= waitingMax) {
            return Optional.empty();
        }
        var ticket = new Ticket(priority);
        of(priority).add(ticket);
        count++;
        return Optional.of(ticket);
    }

    /** Whether the next turn is this ticket's. */
    boolean isNext(Ticket ticket) {
        return of(nextPriority()).peekFirst() == ticket;
    }

    /** The ticket takes its turn. */
    void take(Ticket ticket) {
        boolean isUrgent = ticket.priority == Priority.INFERENCE;
        urgentTurns = isUrgent && !batch.isEmpty() ? urgentTurns + 1 : 0;
        remove(ticket);
    }

    /** The ticket waits no more. */
    void remove(Ticket ticket) {
        if (of(ticket.priority).remove(ticket)) {
            count--;
        }
    }

    private Priority nextPriority() {
        boolean batchIsDue = urgentTurns >= URGENT_TURNS_MAX && !batch.isEmpty();
        return batchIsDue || urgent.isEmpty() ? Priority.BATCH : Priority.INFERENCE;
    }

    private ArrayDeque<Ticket> of(Priority priority) {
        return switch (priority) {
            case INFERENCE -> urgent;
            case BATCH -> batch;
        };
    }
}
