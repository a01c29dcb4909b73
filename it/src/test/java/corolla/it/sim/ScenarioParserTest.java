package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.it.sim.Scenario.Action;
import corolla.swarm.Span;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScenarioParserTest {
    private static final String SWARM = "swarm 4 servers, 2 holders a block, 3 clients, 2 relays, latency 20..60 ms\n";
    private static final String ASK = "ask 2 answers of 8 tokens, pause 1 s\n";
    private static final String EXPECT = "expect answers 6 of 6 equal\n";

    @Test
    void aWholeStoryIsRead() {
        Scenario scenario = ScenarioParser.parse("story", SWARM + """
                router server-2   # nobody dials it
                liar 0:3 not-a-number
                """ + ASK + """
                at 5 s    cut server-1 from client-1 one-way
                at 300 ms crash server-2
                at 1 min  partition server-1 client-2 from server-3
                at 2 min  clock liar-1 -2 s
                at 3 min  damage client-3 to relay-2 7 %
                expect answers 5 of 6 equal, standstill < 2 s
                expect error "no server, or none that works"
                """);
        assertThat(scenario.swarm())
                .isEqualTo(new Scenario.Cast(4, 2, 3, 2, Duration.ofMillis(20), Duration.ofMillis(60)));
        assertThat(scenario.swarm().blocks(1)).isEqualTo(new Span(0, 3));
        assertThat(scenario.swarm().blocks(4)).isEqualTo(new Span(3, 6));
        assertThat(scenario.routers()).containsExactly("server-2");
        assertThat(scenario.liars()).containsExactly(new Scenario.Liar(new Span(0, 3), LyingServer.Lie.NOT_A_NUMBER));
        assertThat(scenario.events().stream().map(Scenario.Event::action))
                .as("in the order of their times")
                .containsExactly(
                        new Action.Crash("server-2"),
                        new Action.Cut("server-1", "client-1", true),
                        new Action.Partition(List.of("server-1", "client-2"), List.of("server-3")),
                        new Action.Clock("liar-1", Duration.ofSeconds(-2)),
                        new Action.Damage("client-3", "relay-2", 7));
        assertThat(scenario.expected().equal()).isEqualTo(5);
        assertThat(scenario.expected().standstill()).contains(Duration.ofSeconds(2));
        assertThat(scenario.expected().error()).containsExactly("no server, or none that works");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "jump server-1 | line 2: no statement 'jump'; allowed: swarm, router, liar, ask, at, expect",
                "at 3 s crush server-1 | line 2: nothing happens by 'crush'; allowed: crash, restart, leave",
                "at 3 s crash server-5 | line 2: no machine 'server-5'; allowed: server-1 to server-4, client-1",
                "at 3 s crash | line 2: ends too early; allowed: a machine",
                "at noon crash server-1 | line 2: 'noon' is no time; allowed: a time as 300 ms, 2 s or 5 min",
                "at 3 s crash server-1 server-2 | line 2: 'server-2' is too much; allowed: the end of the line",
                "at 3 s cut server-1 of server-2 | line 2: 'of' is not understood; allowed: 'from'",
                "at 3 s slow server-1 fast | line 2: 'fast' is no number; allowed: a number of times",
                "liar 0:3 rudeness | line 2: no lie 'rudeness'; allowed: false-announcement, stale-record",
                "swarm 5 servers, 2 holders a block | line 2: 5 servers cannot hold each block 2 times; allowed",
                "ask 2 answers of 900 tokens | line 2: an answer of 900 tokens; allowed: at most 24",
                "expect answers 1 of 1 equal | line 2: 1 of 1 answers; allowed: as many as all clients ask",
                "expect luck | line 2: nothing is expected by 'luck'; allowed: answers N of M equal"
            })
    void anErrorNamesTheLineAndWhatIsAllowed(String line, String message) {
        assertThatThrownBy(() -> ScenarioParser.parse("story", SWARM + line))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("scenario story " + message)
                .hasMessageContaining(line);
    }

    @Test
    void aStoryNeedsABeginningAndAnEnd() {
        for (String text : List.of("", SWARM + ASK, ASK, SWARM)) {
            assertThatThrownBy(() -> ScenarioParser.parse("story", text))
                    .hasMessageContaining("scenario story needs a line 'swarm …'");
        }
        assertThat(ScenarioParser.parse("story", SWARM + ASK + EXPECT).events()).isEmpty();
    }
}
