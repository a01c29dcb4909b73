package corolla.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.swarm.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputTest {

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1536, 1.5 KiB", "96468992, 92.0 MiB", "1073741824000, 1000 GiB"})
    void bytesAreForPeople(long bytes, String expected) {
        assertThat(Sizes.bytes(bytes)).isEqualTo(expected);
    }

    @Test
    void secondsAreForPeople() {
        assertThat(Sizes.seconds(Duration.ofMillis(42))).isEqualTo("0.04 s");
        assertThat(Sizes.seconds(Duration.ofMillis(4200))).isEqualTo("4.2 s");
    }

    @Test
    void progressBarShowsPartAndWhole() {
        assertThat(ProgressBar.line("model.gguf", 50 << 20, 100 << 20))
                .isEqualTo("  model.gguf  " + "█".repeat(16) + "░".repeat(16) + "  50 %  50.0 MiB of 100 MiB");
        assertThat(ProgressBar.line("x", 5, -1)).isEqualTo("  x  5 B");
        assertThat(ProgressBar.line("x", 500, 100)).contains("100 %");
    }

    @Test
    void progressIsOneLineAFileWhereNobodyWatches() {
        var terminal = new Terminal();
        var bar = new ProgressBar(terminal.console(false));
        bar.update("a", 1, 10);
        bar.update("a", 5, 10);
        bar.update("b", 1, -1);
        bar.finish();
        assertThat(terminal.errLines()).containsExactly("fetching a (10 B)", "fetching b");
    }

    @Test
    void barsAreToScale() {
        assertThat(SwarmPicture.bar(new Span(0, 3), new Span(0, 6))).isEqualTo("███···");
        assertThat(SwarmPicture.bar(new Span(3, 6), new Span(0, 6))).isEqualTo("···███");
        assertThat(SwarmPicture.bar(new Span(79, 80), new Span(0, 80)))
                .hasSize(40)
                .endsWith("·█");
    }

    @Test
    void tablesAlignTheirColumns() {
        var table = new Table("a", "bb", "");
        table.row("long", "x", "y");
        assertThat(table.lines()).containsExactly("a     bb", "long  x   y");
    }

    @Test
    void errorsAreOneLineWithoutTheirWrapping() {
        assertThat(Errors.line(new UncheckedIOException(new IOException("disk\n  full"))))
                .isEqualTo("disk full");
        assertThat(Errors.line(new IOException())).isEqualTo("IOException");
        assertThat(Errors.line(new IllegalStateException("index"))).contains("a bug in Corolla", "index", "--verbose");
    }

    @Test
    void logLinesNameLevelAndClass() {
        var record = new LogRecord(Level.FINE, "what happened {0}");
        record.setParameters(new Object[] {"key=value"});
        record.setLoggerName("corolla.p2p.host.Libp2pHost");
        record.setThrown(new IOException("cause"));
        assertThat(new Logs.Line(false).format(record))
                .matches("\\d\\d:\\d\\d:\\d\\d DEBUG Libp2pHost: what happened key=value: cause\\R");
        assertThat(new Logs.Line(true).format(record)).contains("\tat corolla.cli.OutputTest");
    }

    @Test
    void underscoresOfFlagsBecomeDashesAndValuesStay() {
        assertThat(Arguments.withDashes("--block_indices=a_b", "some_file", "--dht_prefix", "a_b"))
                .containsExactly("--block-indices=a_b", "some_file", "--dht-prefix", "a_b");
    }

    @Test
    void sizesAreReadAsPeopleWriteThem() {
        assertThat(Sizes.parse("300GB")).isEqualTo(300_000_000_000L);
        assertThat(Sizes.parse("1.5 GiB")).isEqualTo(3L << 29);
        assertThat(Sizes.parse("17")).isEqualTo(17);
        assertThat(Sizes.parse("2k")).isEqualTo(2000);
        for (String other : new String[] {"", "GB", "-1GB", "1 XB", "1e9", "999999999999999TB"}) {
            assertThatThrownBy(() -> Sizes.parse(other)).as(other).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
