package corolla.it.sim;

import java.time.Duration;

/**
 * How large a simulated swarm is, and how long it lives.
 *
 * @param liars servers beside {@code servers} that only pretend to be some
 * @param thinkMax a user pauses up to this between two questions
 */
record SwarmSize(int servers, int clients, int liars, Duration time, Duration thinkMax) {
    /** What issue D asks for. */
    static SwarmSize large() {
        return new SwarmSize(30, 20, 2, Duration.ofMinutes(10), Duration.ofSeconds(80));
    }

    /** Some seconds of a build. */
    static SwarmSize small() {
        return new SwarmSize(8, 3, 1, Duration.ofMinutes(2), Duration.ofSeconds(20));
    }

    SwarmSize withTime(Duration other) {
        return new SwarmSize(servers, clients, liars, other, thinkMax);
    }
}
