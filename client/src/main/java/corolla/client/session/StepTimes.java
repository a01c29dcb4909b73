package corolla.client.session;

import java.time.Duration;

/**
 * How long one server has taken for its latest steps of one token, and so when to begin to doubt it. Pure; confined to its session.
 */
final class StepTimes {
    /** Steps remembered: with so many, the slowest is about the 98th percentile. */
    private static final int KEPT = 64;

    /** A step that is this many times as slow as the slowest of the latest is worth a question. */
    private static final int DOUBT_FACTOR = 3;

    /** A server that gives signs of life may be this many times as slow before it is given up. */
    private static final int GIVE_UP_FACTOR = 30;

    private static final Duration GIVE_UP_MIN = Duration.ofSeconds(10);

    /** A server that has not answered anything yet, and lives: it may be slow, or full, or take requests without ever answering one. */
    private static final Duration GIVE_UP_UNKNOWN = Duration.ofSeconds(20);

    /** And so much more for each token of a prompt: even slow machines are faster. */
    private static final Duration GIVE_UP_TOKEN = Duration.ofMillis(500);

    /** For steps of which nothing is known: a prompt, or the first. */
    private static final Duration DOUBT_UNKNOWN = Duration.ofSeconds(1);

    private final SessionConfig config;
    private final long[] nanos = new long[KEPT];
    private int count;

    StepTimes(SessionConfig config) {
        this.config = config;
    }

    /** A step took this long. Only those of one token are taken: others say little about the next. */
    void answered(int tokens, long time) {
        if (tokens == 1) {
            nanos[count++ % KEPT] = time;
        }
    }

    private long slowest() {
        long slowest = 0;
        for (int i = 0; i < Math.min(count, KEPT); i++) {
            slowest = Math.max(slowest, nanos[i]);
        }
        return slowest;
    }

    private long fastest() {
        long fastest = Long.MAX_VALUE;
        for (int i = 0; i < Math.min(count, KEPT); i++) {
            fastest = Math.min(fastest, nanos[i]);
        }
        return count == 0 ? 0 : fastest;
    }

    /**
     * How long to wait for an answer before asking for a sign of life. One slow step among fast ones, the first on a machine that has just been
     * started for instance, makes nobody patient for long: to ask costs a ping.
     */
    Duration doubtAfter(int tokens) {
        long longest = Math.max(DOUBT_UNKNOWN.toNanos(), DOUBT_FACTOR * fastest());
        Duration usual = Duration.ofNanos(Math.min(DOUBT_FACTOR * slowest(), longest));
        return tokens == 1 && count > 0 ? config.doubtMin().plus(usual) : DOUBT_UNKNOWN.plus(usual);
    }

    /** How long a ping may take: every answer so far holds one way there and back; and what has kept a step waiting may keep a ping. */
    Duration pingTimeout() {
        long stalled = Math.min(slowest(), DOUBT_UNKNOWN.toNanos());
        return config.pingTimeout().plusNanos(Math.max(2 * fastest(), stalled));
    }

    /** How long a small message may take to leave this machine. */
    Duration stuckAfter() {
        return DOUBT_UNKNOWN.plus(doubtAfter(1)).plus(pingTimeout());
    }

    /** How long to wait for a server that lives. */
    Duration giveUpAfter(int tokens) {
        if (tokens != 1 || count == 0) {
            return shorter(GIVE_UP_UNKNOWN.plus(GIVE_UP_TOKEN.multipliedBy(tokens)), config.requestTimeout());
        }
        Duration slow = Duration.ofNanos(GIVE_UP_FACTOR * slowest());
        Duration longest = slow.compareTo(GIVE_UP_MIN) > 0 ? slow : GIVE_UP_MIN;
        return shorter(longest, config.requestTimeout());
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** For messages. */
    @Override
    public String toString() {
        return count == 0
                ? "nothing to compare with"
                : "the slowest of the last " + Math.min(count, KEPT) + " steps took " + slowest() / 1_000_000 + " ms";
    }
}
