package corolla.cli.table3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final List<Row> ROWS = rows();

    private static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        rows.add(new Row(
                "offloading",
                "a bus of 256 Gbit/s",
                Figures.of(2, 1, 100, 4000),
                Row.Origin.COMPUTED,
                Figures.none(),
                PetalsTable.OFFLOADING_256));
        for (NetworkSetting setting : NetworkSetting.TABLE) {
            double slow = setting.roundTrip().isZero() ? 1 : 0.5;
            rows.add(new Row(
                    "3 servers",
                    setting.name(),
                    Figures.of(12.34 * slow, 0.0567 * slow, 1234.6 * slow, Double.NaN),
                    Row.Origin.MEASURED,
                    Figures.of(20, 10, 5000, 9000),
                    PetalsTable.swarm(3, setting)));
        }
        return rows;
    }

    private static String markdown() {
        return new Report(Map.of("Machine", "two cores"), ROWS, List.of("Mind the gap."), "table3.svg").markdown();
    }

    @Test
    void everyRowHasEveryColumn() {
        long columns = Report.head()
                .lines()
                .findFirst()
                .orElseThrow()
                .chars()
                .filter(c -> c == '|')
                .count();
        assertThat(ROWS)
                .allSatisfy(row -> assertThat(
                                Report.line(row).chars().filter(c -> c == '|').count())
                        .isEqualTo(columns));
    }

    @Test
    void computedFiguresStandInBraces() {
        assertThat(Report.line(ROWS.get(0)))
                .isEqualTo("| offloading | a bus of 256 Gbit/s | (2.00) | (1.00) | (100) | (4,000) | – "
                        + "| 0.18 · 0.18 · 2.70 · 170 |\n");
        assertThat(Report.line(ROWS.get(1)))
                .isEqualTo("| 3 servers | 1 Gbit/s, < 5 ms | 12.3 | 0.057 | 1,235 | – | 20.0 · 10.0 · 5,000 · 9,000 "
                        + "| 1.71 · 1.54 · 70.0 · 254 |\n");
    }

    @Test
    void whatTheSlowestNetworkLeavesIsTold() {
        assertThat(markdown())
                .contains("| 3 servers | 50 %, +0.081 s | 50 %, +17.637 s | 50 %, +0.104 s | – |\n")
                .contains(
                        "| 3 servers, Petals | 72 %, +0.228 s | 72 %, +0.252 s | 28 %, +4.669 s | 44 %, +40.710 s |\n")
                .contains("- Machine: two cores\n", "- Mind the gap.\n", "(table3.svg)");
    }

    @Test
    void thePlotHasABarForEachFigure() {
        String svg = new Plot("blocks < more & others", ROWS).svg();
        assertThat(svg).startsWith("<svg ").endsWith("</svg>\n").contains("blocks &lt; more &amp; others");
        assertThat(svg.split("<rect ", -1)).hasSize(1 + 4 + 3 * 3);
    }
}
