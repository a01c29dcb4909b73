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
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Waits for a server's answer. When it takes longer than usual, the server is asked for a sign of life meanwhile: one that gives none is
 * frozen or cut off, and given up at once; one that does is busy, and waited for, within a limit that follows from its own pace. Stateless.
 */
public final class AnswerWait {
    private static final Duration DOUBT_AGAIN_MAX = Duration.ofSeconds(4);

    /** A call that takes so long is worth a question. */
    private static final Duration DOUBT_CALL = Duration.ofSeconds(1);

    /** For a thread to come to its turn on a busy machine. */
    private static final Duration TURN = Duration.ofSeconds(1);

    /** What a home's link carries at least: a ping may have to wait behind a request that is on its way. 10 Mbit/s. */
    private static final long SLOW_BYTES_PER_SECOND = 1_250_000;

    private final Environment environment;
    private final Clock clock;
    private final ServerCalls calls;
    private final SessionConfig config;

    /** @param message null when the server has ended the stream */
    record Received(byte @Nullable [] message) {}

    /** The server gave no answer and no sign of life, or none soon enough. */
    static final class SilentServerException extends IOException {
        private static final long serialVersionUID = 1;

        private SilentServerException(String message) {
            super(message);
        }
    }

    public AnswerWait(Environment environment, ServerCalls calls, SessionConfig config) {
        this.config = config;
        this.environment = environment;
        this.clock = environment.clock();
        this.calls = calls;
    }

    /**
     * Makes a call to its end, or sends a large message: the server is asked for signs of life while that takes long.
     *
     * @param bytes that may be on their way to the server
     * @throws SilentServerException when the server is given up; the call is cancelled
     * @throws DeadlineException when {@code deadline} is over
     */
    public <T extends @Nullable Object> T watch(Hop hop, long bytes, Callable<T> call, Deadline deadline)
            throws IOException, InterruptedException {
        long start = clock.nanoTime();
        Duration quiet = DOUBT_CALL;
        try (TaskScope scope = environment.tasks().open("watched call")) {
            Task<T> task = scope.fork("call of " + hop.peer().shortForm(), call);
            while (true) {
                try {
                    return task.await(Deadline.after(clock, quiet).earlier(deadline));
                } catch (DeadlineException notYet) {
                    if (task.isDone() || deadline.isOver(clock)) {
                        throw notYet;
                    }
                }
                boolean lives =
                        givesSign(hop, signTime(config.pingTimeout(), bytes).earlier(deadline));
                if (!lives && !task.isDone() && !deadline.isOver(clock)) {
                    throw silent(hop, start, "nothing to compare with");
                }
                quiet = longer(quiet);
            }
        }
    }

    private boolean givesSign(Hop hop, Deadline sign) throws InterruptedException {
        try {
            calls.ping(hop.peer(), sign);
            return true;
        } catch (IOException noAnswer) {
            return false;
        }
    }

    private Deadline signTime(Duration timeout, long bytes) {
        return Deadline.after(clock, timeout.plusMillis(1000 * bytes / SLOW_BYTES_PER_SECOND));
    }

    private static Duration longer(Duration quiet) {
        Duration twice = quiet.multipliedBy(2);
        return twice.compareTo(DOUBT_AGAIN_MAX) < 0 ? twice : DOUBT_AGAIN_MAX;
    }

    private SilentServerException silent(Hop hop, long start, Object usual) {
        return new SilentServerException(hop + " has not answered for " + since(start) + ", nor a ping; " + usual);
    }

    /**
     * The next message of the stream; null at its end.
     *
     * @param tokens of the step
     * @param bytes that may be on their way to the server
     * @throws SilentServerException when the server is given up
     * @throws DeadlineException when {@code deadline} is over
     */
    byte @Nullable [] receive(RpcCall call, Hop hop, StepTimes times, int tokens, long bytes, Deadline deadline)
            throws IOException, InterruptedException {
        long start = clock.nanoTime();
        Deadline giveUp = Deadline.after(clock, times.giveUpAfter(tokens)).earlier(deadline);
        Duration quiet = times.doubtAfter(tokens);
        while (true) {
            Received received = tryReceive(call, Deadline.after(clock, quiet).earlier(giveUp));
            if (received == null && !giveUp.isOver(clock)) {
                received = receiveWhilePinging(call, hop, times, start, bytes, giveUp);
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
            quiet = longer(quiet);
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

    private @Nullable Received receiveWhilePinging(
            RpcCall call, Hop hop, StepTimes times, long start, long bytes, Deadline giveUp)
            throws IOException, InterruptedException {
        Deadline sign = signTime(times.pingTimeout(), bytes).earlier(giveUp);
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
            throw silent(hop, start, times);
        }
        return null;
    }

    private static boolean hasAnswered(Task<Duration> ping, Deadline sign) throws InterruptedException {
        try {
            // It ends by its own deadline, and draws its conclusions; the rest is for its thread to come to its turn.
            ping.await(new Deadline(sign.nanoTime() + TURN.toNanos()));
            return true;
        } catch (IOException noAnswer) {
            return false;
        }
    }

    private String since(long start) {
        return (clock.nanoTime() - start) / 1_000_000 + " ms";
    }
}
