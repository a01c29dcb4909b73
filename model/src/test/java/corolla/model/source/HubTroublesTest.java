package corolla.model.source;

import static corolla.model.source.HubHarness.SINGLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import corolla.model.weights.SafetensorsFile;
import corolla.testkit.hub.HubStandIn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a hub, and the way to it, can do wrong. */
class HubTroublesTest {
    private static final String FOLDER = "models/hub/org--tiny@main/";
    private static final byte[] LARGE = "0123456789".repeat(1000).getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path cache;

    private HubHarness harness;
    private HubStandIn hub;

    @BeforeEach
    void open() throws Exception {
        harness = new HubHarness(cache);
        hub = harness.hub;
    }

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void cutDownloadGoesOnWhereItStopped() throws Exception {
        hub.putLarge(SINGLE, LARGE);
        cutOnce(SINGLE);
        assertThat(resolve(ModelParts.all()).resolve(SINGLE)).hasBinaryContent(LARGE);
        assertThat(harness.ranges(SINGLE)).containsExactly("null", "bytes=5000-");
    }

    @Test
    void cutPieceGoesOnWhereItStopped() throws Exception {
        harness.putSingle();
        resolve(ModelParts.none());
        AtomicInteger requests = new AtomicInteger();
        hub.trouble(exchange -> {
            boolean cut = asksFor(exchange, SINGLE) && requests.getAndIncrement() == 0;
            if (cut) {
                hub.sendHalf(exchange, SINGLE);
            }
            return cut;
        });
        Path folder = resolve(ModelParts.blocks(2, 3));
        assertBlockTwo(folder);
        List<String> ranges = harness.ranges(SINGLE);
        assertThat(ranges).hasSize(3);
        assertThat(start(ranges.get(2))).isEqualTo(start(ranges.get(1)) + 200);
    }

    @Test
    void serverThatIgnoresRangesSendsTheWholeFile() throws Exception {
        harness.putSingle();
        hub.ignoreRanges();
        Path folder = resolve(ModelParts.blocks(2, 3));
        assertThat(folder.resolve(SINGLE)).hasBinaryContent(hub.content(SINGLE));
        assertBlockTwo(folder);
    }

    @Test
    void serverThatIgnoresRangesStartsACutFileAnew() throws Exception {
        hub.putLarge(SINGLE, LARGE);
        hub.ignoreRanges();
        cutOnce(SINGLE);
        assertThat(resolve(ModelParts.all()).resolve(SINGLE)).hasBinaryContent(LARGE);
    }

    @Test
    void pieceOfAnotherVersionIsRefused() throws Exception {
        harness.putSingle();
        resolve(ModelParts.blocks(1, 2));
        byte[] other = hub.content(SINGLE);
        other[other.length - 1]++;
        hub.tamper(SINGLE, other);
        assertThatThrownBy(() -> resolve(ModelParts.blocks(2, 3)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has changed while it was fetched")
                .hasMessageContaining("ETag")
                .hasMessageContaining(SINGLE + ".pieces");
    }

    @Test
    void wholeFileThatChangesInBetweenIsFetchedAnew() throws Exception {
        hub.putLarge(SINGLE, LARGE);
        AtomicInteger requests = new AtomicInteger();
        hub.trouble(exchange -> {
            int number = asksFor(exchange, SINGLE) ? requests.getAndIncrement() : -1;
            if (number == 0) {
                exchange.getResponseHeaders().add("ETag", "\"of yesterday\"");
                hub.sendHalf(exchange, SINGLE);
            }
            return number == 0;
        });
        assertThat(resolve(ModelParts.all()).resolve(SINGLE)).hasBinaryContent(LARGE);
        assertThat(harness.ranges(SINGLE)).containsExactly("null", "bytes=5000-", "null");
    }

    @Test
    void wrongRangeIsRefused() {
        harness.putSingle();
        hub.trouble(exchange -> {
            boolean isRange = exchange.getRequestHeaders().getFirst("Range") != null;
            if (isRange) {
                exchange.getResponseHeaders().add("Content-Range", "bytes 17-20/10000");
                HubStandIn.answer(exchange, 206);
            }
            return isRange;
        });
        assertThatThrownBy(() -> resolve(ModelParts.blocks(0, 1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("got another range");
    }

    @Test
    void tokenGoesToTheHubAndNotWhereItRedirects() throws Exception {
        hub.putLarge(SINGLE, LARGE);
        hub.trouble(exchange -> {
            boolean atHub =
                    exchange.getRequestHeaders().getFirst("Host").startsWith("127.0.0.1") && asksFor(exchange, SINGLE);
            if (atHub) {
                HubStandIn.redirect(exchange, hub.otherAddress().resolve(exchange.getRequestURI()));
            }
            return atHub;
        });
        assertThat(resolve(ModelParts.all()).resolve(SINGLE)).hasBinaryContent(LARGE);
        List<String> requests =
                hub.requests().stream().filter(line -> line.contains(SINGLE)).toList();
        assertThat(requests).hasSize(2);
        assertThat(requests.getFirst()).endsWith("Bearer secret");
        assertThat(requests.getLast()).endsWith("null");
    }

    @Test
    void redirectsThatLeadNowhereEndAtOnce() {
        hub.trouble(exchange -> {
            HubStandIn.redirect(exchange, exchange.getRequestURI());
            return true;
        });
        assertThatThrownBy(() -> resolve(ModelParts.all())).hasMessageContaining("redirects more than 6 times");
        assertThat(harness.waits).isEmpty();
        hub.trouble(exchange -> {
            HubStandIn.redirect(exchange, URI.create("ftp://127.0.0.1/x"));
            return true;
        });
        assertThatThrownBy(() -> resolve(ModelParts.all()))
                .hasMessageContaining("redirects to ftp, a worse connection");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 | '' | accept the model's terms",
                "403 | '' | accept the model's terms",
                "403 | GatedRepo | the model is gated",
                "401 | RepoNotFound | no such model",
                "404 | '' | no such model, revision or file",
                "404 | RevisionNotFound | no such branch, tag or commit",
                "418 | '' | unexpected answer",
            })
    void refusalSaysWhatToDoAndIsNotTriedAgain(int status, String code, String meaning) {
        hub.trouble(exchange -> {
            exchange.getResponseHeaders().add("X-Error-Code", code);
            HubStandIn.answer(exchange, status);
            return true;
        });
        assertThatThrownBy(() -> resolve(ModelParts.all()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("org/tiny")
                .hasMessageContaining(String.valueOf(status))
                .hasMessageContaining(meaning)
                .hasMessageNotContaining("secret");
        assertThat(hub.requests()).hasSize(1);
    }

    @Test
    void tooManyRequestsAreTriedAgainWhenTheHubWishes() throws Exception {
        hub.putLarge(SINGLE, LARGE);
        AtomicInteger refusals = new AtomicInteger();
        hub.trouble(exchange -> {
            boolean refuse = refusals.getAndIncrement() < 3;
            if (refuse) {
                exchange.getResponseHeaders().add("Retry-After", "7");
                HubStandIn.answer(exchange, 429);
            }
            return refuse;
        });
        resolve(ModelParts.all());
        assertThat(harness.waits).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(7), Duration.ofSeconds(7));
    }

    @Test
    void waitThatIsTooLongIsAnError() {
        hub.trouble(exchange -> {
            exchange.getResponseHeaders().add("Retry-After", "86400");
            HubStandIn.answer(exchange, 429);
            return true;
        });
        assertThatThrownBy(() -> resolve(ModelParts.all()))
                .hasMessageContaining("no request for 86400 s")
                .hasMessageContaining("429");
        assertThat(hub.requests()).hasSize(1);
    }

    @Test
    void brokenServerEndsInOneError() {
        hub.trouble(exchange -> {
            HubStandIn.answer(exchange, 503);
            return true;
        });
        assertThatThrownBy(() -> resolve(ModelParts.all()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("503")
                .hasMessageContaining("5 times");
        assertThat(harness.waits)
                .containsExactly(
                        Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(8));
    }

    @Test
    void wrongContentIsRefusedAndRemoved() {
        hub.put(SINGLE, "tampered".getBytes(StandardCharsets.UTF_8), "0".repeat(64));
        assertThatThrownBy(() -> resolve(ModelParts.all()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("SHA-256");
        assertThat(cache.resolve(FOLDER + SINGLE + ".part")).doesNotExist();
        assertThat(cache.resolve(FOLDER + SINGLE)).doesNotExist();
    }

    @Test
    void smallFilesAreCheckedByGitsHash() {
        hub.tamper("config.json", "{ ".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> resolve(ModelParts.none()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("config.json came with another git hash");
    }

    @Test
    void headerThatDoesNotFitTheFileIsNotKept() {
        byte[] broken = TinySafetensors.of(HubHarness.TENSORS);
        broken[7] = 1; // a header of 2^56 bytes
        hub.putLarge(SINGLE, broken);
        assertThatThrownBy(() -> resolve(ModelParts.blocks(0, 1))).hasMessageContaining("header of");
        assertThat(cache.resolve(FOLDER + SINGLE + ".pieces/header")).doesNotExist();
    }

    private Path resolve(ModelParts parts) throws IOException, InterruptedException {
        return harness.resolve("org/tiny", parts);
    }

    private void cutOnce(String name) {
        AtomicInteger cuts = new AtomicInteger();
        hub.trouble(exchange -> {
            boolean cut = asksFor(exchange, name) && cuts.getAndIncrement() == 0;
            if (cut) {
                hub.sendHalf(exchange, name);
            }
            return cut;
        });
    }

    private static boolean asksFor(HttpExchange exchange, String name) {
        return exchange.getRequestURI().getPath().endsWith("/" + name);
    }

    private static long start(String range) {
        return Long.parseLong(range.replaceAll("bytes=(\\d+)-.*", "$1"));
    }

    private static void assertBlockTwo(Path folder) throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(SINGLE));
                Arena arena = Arena.ofConfined()) {
            assertThat(file.read("model.layers.2.up", arena).toFloats()).containsOnly(2f);
            assertThat(file.read("model.layers.2.down", arena).toFloats()).containsOnly(2f);
        }
    }
}
