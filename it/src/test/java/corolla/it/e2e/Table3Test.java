package corolla.it.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code corolla bench table3} with a few small blocks and a short time: with slow links where this machine can make them, else without. */
@Tag("e2e")
class Table3Test {

    @TempDir
    Path folder = Path.of("");

    @Test
    void reportAndPlotAreWritten() throws Exception {
        Path report = folder.resolve("table.md");
        String command = "bench table3 --blocks 4 --servers 2 --weights int8 --seconds 0.2 --warm-up 1 --out " + report;
        try (CorollaProcess corolla = CorollaProcess.start(command.split(" "))) {
            corolla.awaitLine(line -> line.startsWith("| one process |"));
            corolla.awaitLine(line -> line.startsWith("| 2 servers |"));
            assertThat(corolla.awaitEnd()).as(corolla.errors()).isZero();
        }
        assertThat(Files.readString(report))
                .contains(
                        "4 blocks in the shape of smollm2-135m", "| offloading | a bus of 128 Gbit/s |", "(table.svg)");
        assertThat(Files.readString(folder.resolve("table.svg"))).startsWith("<svg ");
    }

    @Test
    void manyClientsOfOneServerAreMeasured() throws Exception {
        String command = "bench clients --blocks 2 --clients 1,3 --seconds 0.2 --warm-up 0.2 --device cpu";
        try (CorollaProcess corolla = CorollaProcess.start(command.split(" "))) {
            corolla.awaitLine(line -> line.matches("\\| 1 \\| [0-9.]+ \\| [0-9.]+ \\| [0-9.]+ GB \\| – \\|"));
            corolla.awaitLine(line -> line.startsWith("| 3 |"));
            assertThat(corolla.awaitEnd()).as(corolla.errors()).isZero();
        }
    }
}
