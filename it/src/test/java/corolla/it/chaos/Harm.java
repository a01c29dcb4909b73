package corolla.it.chaos;

import java.time.Duration;

/** What is done to a server, and how long it lasts. */
enum Harm {
    /** SIGKILL; started again at once, as the same peer. */
    KILL(Duration.ZERO),
    /** SIGSTOP, and SIGCONT later: its kernel goes on to acknowledge what it is sent. */
    FREEZE(Duration.ofSeconds(3)),
    /** Its link carries nothing, in neither direction, and nobody is told; later it does again. */
    CUT(Duration.ofSeconds(3)),
    /** Once it answers what cannot be right: {@link Spoil}, but for {@link Spoil#FLIP}. Only servers in use are asked to. */
    SPOIL(Duration.ZERO),
    /** Once it answers what could be right, and is not. Only servers in use are asked to. */
    FLIP(Duration.ZERO);

    /** From the harm to its end. */
    final Duration lasts;

    Harm(Duration lasts) {
        this.lasts = lasts;
    }

    /** Whether it is about answers, so that only a server which is asked something can do it. */
    boolean isOfAnswers() {
        return this == SPOIL || this == FLIP;
    }
}
