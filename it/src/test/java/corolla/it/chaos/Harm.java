package corolla.it.chaos;

import java.time.Duration;

/** What is done to a server, and how long it lasts. */
enum Harm {
    /** SIGKILL; started again at once, as the same peer. */
    KILL(Duration.ZERO),
    /** SIGSTOP, and SIGCONT later: its kernel goes on to acknowledge what it is sent. */
    FREEZE(Duration.ofSeconds(3)),
    /** Its link carries nothing, in neither direction, and nobody is told; later it does again. */
    CUT(Duration.ofSeconds(3));

    /** From the harm to its end. */
    final Duration lasts;

    Harm(Duration lasts) {
        this.lasts = lasts;
    }
}
