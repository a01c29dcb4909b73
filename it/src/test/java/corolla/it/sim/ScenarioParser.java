package corolla.it.sim;

import corolla.it.sim.Scenario.Asked;
import corolla.it.sim.Scenario.Cast;
import corolla.it.sim.Scenario.Event;
import corolla.it.sim.Scenario.Expected;
import corolla.it.sim.Scenario.Liar;
import corolla.swarm.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a scenario, one statement a line; docs/simulation.md shows the language. Whatever it does not understand is an error that names
 * the line and what is allowed there. Confined; used once.
 */
final class ScenarioParser {
    private static final String STATEMENTS = "swarm, router, liar, ask, at, expect";

    private final String name;
    private final List<String> routers = new ArrayList<>();
    private final List<Liar> liars = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private @Nullable Cast cast;
    private @Nullable Asked asked;
    private @Nullable Duration standstill;
    private int equal = -1;

    private ScenarioParser(String name) {
        this.name = name;
    }

    /**
     * Parses a whole file.
     *
     * @throws IllegalArgumentException when a line is not understood, or something is missing
     */
    static Scenario parse(String name, String text) {
        ScenarioParser parser = new ScenarioParser(name);
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            String statement = line.replaceFirst("#.*", "").strip();
            if (!statement.isEmpty()) {
                parser.statement(new Words(name, number, statement));
            }
        }
        return parser.scenario();
    }

    private Scenario scenario() {
        if (cast == null || asked == null || equal < 0) {
            throw new IllegalArgumentException("scenario " + name + " needs a line 'swarm …', one 'ask …' and one"
                    + " 'expect answers N of M equal'");
        }
        events.sort(Comparator.comparing(Event::at));
        return new Scenario(
                name,
                cast,
                List.copyOf(routers),
                List.copyOf(liars),
                asked,
                List.copyOf(events),
                new Expected(equal, Optional.ofNullable(standstill), List.copyOf(errors)));
    }

    private void statement(Words words) {
        switch (words.next(STATEMENTS)) {
            case "swarm" -> cast = swarm(words);
            case "router" -> routers.add(machine(words));
            case "liar" -> liars.add(liar(words));
            case "ask" -> asked = asked(words);
            case "at" -> events.add(event(words));
            case "expect" -> expect(words);
            case String other -> throw words.error("no statement '" + other + "'", STATEMENTS);
        }
        words.end();
    }

    /** {@code swarm 6 servers, 2 holders a block, 1 client, 2 relays, latency 20..60 ms}. */
    private static Cast swarm(Words words) {
        int servers = words.count("servers|server");
        words.expect(",");
        int holders = words.count("holders|holder");
        words.expect("a");
        words.expect("block");
        int clients = 1;
        int relays = 1;
        Duration[] latency = {Duration.ofMillis(2), Duration.ofMillis(60)};
        while (words.skip(",")) {
            if (words.skip("latency")) {
                latency = words.range();
                continue;
            }
            int count = words.number("latency A..B ms, N clients, N relays");
            switch (words.next("clients, relays")) {
                case "client", "clients" -> clients = count;
                case "relay", "relays" -> relays = count;
                case String other -> throw words.error("nothing is counted by '" + other + "'", "clients, relays");
            }
        }
        if (holders < 1 || servers % holders != 0 || servers / holders > TinyModel.BLOCKS) {
            throw words.error(
                    servers + " servers cannot hold each block " + holders + " times",
                    "a multiple of the holders, at most " + TinyModel.BLOCKS + " times as many");
        }
        return new Cast(servers, holders, clients, relays, latency[0], latency[1]);
    }

    /** {@code liar 0:3 not-a-number}. */
    private static Liar liar(Words words) {
        Span blocks = words.span();
        var lies = new LinkedHashMap<String, LyingServer.Lie>();
        for (LyingServer.Lie lie : LyingServer.Lie.values()) {
            lies.put(lie.name().toLowerCase(Locale.ROOT).replace('_', '-'), lie);
        }
        String allowed = String.join(", ", lies.keySet());
        String word = words.next(allowed);
        LyingServer.Lie lie = lies.get(word);
        if (lie == null) {
            throw words.error("no lie '" + word + "'", allowed);
        }
        return new Liar(blocks, lie);
    }

    /** {@code ask 4 answers of 20 tokens, pause 1 s}. */
    private static Asked asked(Words words) {
        int answers = words.count("answers|answer");
        words.expect("of");
        int tokens = words.count("tokens|token");
        Duration pause = words.skip(",") && words.expect("pause") ? words.time() : Duration.ZERO;
        if (tokens > Questions.TOKENS_MAX) {
            throw words.error("an answer of " + tokens + " tokens", "at most " + Questions.TOKENS_MAX);
        }
        return new Asked(answers, tokens, pause);
    }

    private Event event(Words words) {
        Duration at = words.time();
        return new Event(words.line(), at, ScenarioActions.read(words, this::machine));
    }

    private String machine(Words words) {
        String machine = words.next("a machine");
        Cast known = cast;
        if (known == null) {
            throw words.error("machine '" + machine + "' before the swarm is known", "a line 'swarm …' first");
        }
        if (!isKnown(known, machine)) {
            throw words.error(
                    "no machine '" + machine + "'",
                    "server-1 to server-" + known.servers() + ", client-1 to client-" + known.clients()
                            + ", relay-1 to relay-" + known.relays() + ", liar-1 to liar-" + liars.size());
        }
        return machine;
    }

    private boolean isKnown(Cast known, String machine) {
        return isOneOf(machine, "server-", known.servers())
                || isOneOf(machine, "client-", known.clients())
                || isOneOf(machine, "relay-", known.relays())
                || isOneOf(machine, "liar-", liars.size());
    }

    private static boolean isOneOf(String machine, String kind, int count) {
        for (int i = 1; i <= count; i++) {
            if (machine.equals(kind + i)) {
                return true;
            }
        }
        return false;
    }

    /** {@code expect answers 4 of 4 equal, standstill < 2 s} or {@code expect error "no server"}. */
    private void expect(Words words) {
        String allowed = "answers N of M equal, standstill < TIME, error \"TEXT\"";
        do {
            switch (words.next(allowed)) {
                case "answers" -> answers(words);
                case "standstill" -> {
                    words.expect("<");
                    standstill = words.time();
                }
                case "error" -> errors.add(words.quoted());
                case String other -> throw words.error("nothing is expected by '" + other + "'", allowed);
            }
        } while (words.skip(","));
    }

    private void answers(Words words) {
        equal = words.number("how many answers");
        words.expect("of");
        int all = words.number("of how many");
        words.expect("equal");
        if (cast == null || asked == null || all != cast.clients() * asked.answers() || equal > all) {
            throw words.error(
                    equal + " of " + all + " answers", "as many as all clients ask, by a line 'ask …' before");
        }
    }
}
