package corolla.it.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The project keeps its own rules. */
class TidyTest {
    private static List<Source> sources = List.of();

    @BeforeAll
    static void readSources() throws IOException {
        sources = ProjectFiles.read();
    }

    static Stream<Rule> rules() {
        return Stream.concat(Rules.doors().stream(), Rules.habits().stream());
    }

    @ParameterizedTest
    @MethodSource("rules")
    void holds(Rule rule) {
        assertThat(sources.stream().flatMap(source -> rule.check(source).stream()))
                .as(rule.name())
                .isEmpty();
    }

    @Test
    void modulesUseOnlyWhatStandsBelowThem() {
        assertThat(sources.stream().flatMap(source -> Arrows.check(source).stream()))
                .isEmpty();
    }

    @Test
    void everyPackageSaysWhatItIs() {
        assertThat(Packages.check(sources)).isEmpty();
    }

    @Test
    void everyModuleHasAFirstPage() {
        assertThat(Packages.checkModules(sources)).isEmpty();
    }

    @Test
    void theSourcesWereFound() {
        assertThat(sources.stream().filter(Source::isMain).map(Source::module).distinct())
                .contains("base", "p2p", "dht", "tensor", "model", "swarm", "server", "client", "cli");
    }
}
