package corolla.it.sim;

import corolla.swarm.Span;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A story of a swarm, as read from a text file. Immutable.
 *
 * @param name of its file
 * @param swarm who there is
 * @param routers names of the servers behind a router that nobody can dial through
 * @param liars servers that only pretend, in order: {@code liar-1}, {@code liar-2}, …
 * @param asked what the clients ask
 * @param events what happens, in the order of their times
 * @param expected how it must end
 */
record Scenario(
        String name,
        Cast swarm,
        List<String> routers,
        List<Liar> liars,
        Asked asked,
        List<Event> events,
        Expected expected) {

    /**
     * Servers {@code server-1}, …, clients {@code client-1}, …, and relays {@code relay-1}, … that all others join through.
     *
     * @param holders how many servers have each block
     */
    record Cast(int servers, int holders, int clients, int relays, Duration latencyMin, Duration latencyMax) {
        /** The blocks of a server, counted from 1: each group of servers shares all blocks evenly. */
        Span blocks(int server) {
            int parts = servers / holders;
            int part = (server - 1) % parts;
            return new Span(part * TinyModel.BLOCKS / parts, (part + 1) * TinyModel.BLOCKS / parts);
        }
    }

    /** A pretended server of some blocks. */
    record Liar(Span blocks, LyingServer.Lie lie) {}

    /** Each client asks so many questions, one after the other, with a pause between. */
    record Asked(int answers, int tokens, Duration pause) {}

    /** One thing that happens. */
    record Event(int line, Duration at, Action action) {}

    /** What can happen; machines are named. */
    sealed interface Action {
        record Crash(String machine) implements Action {}

        record Restart(String machine) implements Action {}

        record Leave(String machine) implements Action {}

        record Freeze(String machine) implements Action {}

        record Thaw(String machine) implements Action {}

        record Slow(String machine, int times) implements Action {}

        record Clock(String machine, Duration error) implements Action {}

        record Cut(String from, String to, boolean oneWay) implements Action {}

        record Mend(String one, String other) implements Action {}

        record MendAll() implements Action {}

        record Partition(List<String> one, List<String> other) implements Action {}

        record Damage(String from, String to, int percent) implements Action {}
    }

    /**
     * How it must end. Answers are never wrong and never hang, whatever is expected.
     *
     * @param equal answers that equal those of one process alone; the others are refused
     * @param standstill no answer may pause longer
     * @param error what the message of each refusal must contain
     */
    record Expected(int equal, Optional<Duration> standstill, List<String> error) {}
}
