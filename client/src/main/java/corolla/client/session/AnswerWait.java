package corolla.client.session;

import corolla.base.Environment;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.client.routing.Hop;
import corolla.p2p.rpc.RpcCall;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Waits for a server's answer. When it takes longer than usual, the server is asked for a sign of life meanwhile: one that gives none is
 * frozen or cut off, and given up at once; one that does is busy, and waited for, within a limit that follows from its own pace. Stateless.
 */
final class AnswerWait {
    private static final Duration DOUBT_AGAIN_MAX = Duration.ofSeconds(4);

    private final Environment environment;
    private final Clock clock;
    private final ServerCalls calls;

    /** @param message null when the server has ended the stream */
    record Received(byte @Nullable [] message) {}

    /** The server gave no answer and no sign of life, or none soon enough. */
    static final class SilentServerException extends IOException {
        private static final long serialVersionUID = 1;

        SilentServerException(String message) {
            super(message);
        }
    }

    AnswerWait(Environment environment, ServerCalls calls) {
        this.environment = environment;
        this.clock = environment.clock();
        this.calls = calls;
    }

    /**
     * The next message of the stream; null at its end.
     *
     * @param tokens of the step
     * @throws SilentServerException when the server is given up
     * @throws DeadlineException when {@code deadline} is over
     */
    byte @Nullable [] receive(RpcCall call, Hop hop, StepTimes times, int tokens, Deadline deadline)
            throws IOException, InterruptedException {
        long start = clock.nanoTime();
        Deadline giveUp = Deadline.after(clock, times.giveUpAfter(tokens)).earlier(deadline);
        Duration quiet = times.doubtAfter(tokens);
        while (true) {
            Received received = tryReceive(call, Deadline.after(clock, quiet).earlier(giveUp));
            if (received == null && !giveUp.isOver(clock)) {
                received = receiveWhilePinging(call, hop, times, start, giveUp);
            }
            if (received != null) {
                return received.message;
            }
            if (deadline.isOver(clock)) {
                throw new DeadlineException(hop + " has not answered in time");
            }
            if (giveUp.isOver(clock)) {
                throw new SilentServerException(
                        hop + " lives, but has not answered for " + since(start) + "; " + times);
            }
            Duration longer = quiet.multipliedBy(2);
            quiet = longer.compareTo(DOUBT_AGAIN_MAX) < 0 ? longer : DOUBT_AGAIN_MAX;
        }
    }

    /** The next message, or the end of the stream, if it comes by {@code deadline}; else null, and it may still come. */
    static @Nullable Received tryReceive(RpcCall call, Deadline deadline) throws IOException, InterruptedException {
        try {
            return new Received(call.receive(deadline));
        } catch (DeadlineException notYet) {
            return null;
        }
    }

    private @Nullable Received receiveWhilePinging(RpcCall call, Hop hop, StepTimes times, long start, Deadline giveUp)
            throws IOException, InterruptedException {
        Deadline sign = Deadline.after(clock, times.pingTimeout()).earlier(giveUp);
        boolean lives;
        try (TaskScope scope = environment.tasks().open("signs of life")) {
            Task<Duration> ping = scope.fork("ping " + hop.peer().shortForm(), () -> calls.ping(hop.peer(), sign));
            Received received = tryReceive(call, sign);
            if (received != null) {
                return received;
            }
            lives = hasAnswered(ping, sign);
        }
        if (!lives) {
            throw new SilentServerException(hop + " has not answered for " + since(start) + ", nor a ping; " + times);
        }
        return null;
    }

    private static boolean hasAnswered(Task<Duration> ping, Deadline sign) throws InterruptedException {
        try {
            ping.await(sign);
            return true;
        } catch (IOException noAnswer) {
            return false;
        }
    }

    private String since(long start) {
        return (clock.nanoTime() - start) / 1_000_000 + " ms";
    }
}
