package corolla.it.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.testkit.hub.HubStandIn;
import corolla.testkit.models.GoldenAdapters;
import corolla.testkit.models.GoldenModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers and a client of a model that is only at the hub, each a process of its own, with one cache. */
@Tag("e2e")
class HubServerTest {
    private static final String LISTEN = "/ip4/127.0.0.1/tcp/0";
    private static final String PIECES = "models/hub/org--tiny@main/model.safetensors.pieces";

    @TempDir
    Path folder;

    private HubStandIn hub;
    private Map<String, String> variables;

    @BeforeEach
    void open() throws Exception {
        hub = new HubStandIn();
        Path model = GoldenModels.unpack("llama", folder);
        hub.putAll(model);
        variables = Map.of(
                "HF_ENDPOINT", hub.address().toString(),
                "HF_TOKEN", "secret",
                "COROLLA_CACHE", folder.resolve("cache").toString());
    }

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void serversFetchTheirBlocksAndAClientItsEnds() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        hub.trouble(exchange -> {
            boolean refused = requests.incrementAndGet() % 5 == 0; // every fifth: the hub is busy
            if (refused) {
                exchange.getResponseHeaders().add("Retry-After", "0");
                HubStandIn.answer(exchange, 429);
            }
            return refused;
        });
        try (CorollaProcess first = server("0:2", List.of())) {
            String address = first.awaitLine(line -> line.startsWith("/ip4/127.0.0.1/tcp/"));
            first.awaitLine("ready"::equals);
            assertThat(pieces()).hasSize(2);
            try (CorollaProcess second = server("2:6", List.of("--initial-peers", address))) {
                second.awaitLine("ready"::equals);
                assertThat(pieces()).hasSize(6);
                try (CorollaProcess client = CorollaProcess.start(
                        variables,
                        "generate",
                        "org/tiny",
                        "--initial-peers",
                        address,
                        "--dht-prefix",
                        "tiny-llama",
                        "--input-ids",
                        "3,4,5",
                        "--max-new-tokens",
                        "4")) {
                    assertThat(client.awaitEnd()).as(client.errors()).isZero();
                }
            }
        }
        assertThat(hub.requests()).allMatch(line -> line.endsWith("Bearer secret"));
    }

    /** The same repository holds an adapter here; the swarm is told what was typed. */
    @Test
    void adapterIsFetchedByItsIdAnnouncedAndUsed() throws Exception {
        Path adapter = GoldenAdapters.unpack("llama/all", folder);
        hub.put("adapter_config.json", Files.readString(adapter.resolve("adapter_config.json")));
        hub.putLarge("adapter_model.safetensors", Files.readAllBytes(adapter.resolve("adapter_model.safetensors")));
        try (CorollaProcess server = server("0:6", List.of("--adapters", "org/tiny@main,mine=" + adapter))) {
            String address = server.awaitLine(line -> line.startsWith("/ip4/127.0.0.1/tcp/"));
            server.awaitLine("ready"::equals);
            assertThat(tokens(address, "--active-adapter", "org/tiny@main"))
                    .isEqualTo(tokens(address, "--active-adapter", "mine"))
                    .isNotEqualTo(tokens(address));
            try (CorollaProcess none = generate(address, "--active-adapter", "other")) {
                assertThat(none.awaitEnd()).isNotZero();
                assertThat(none.errors())
                        .contains("with adapter 'other'")
                        .contains("announced by nobody; other adapters here: mine, org/tiny@main");
            }
        }
        assertThat(hub.requests()).anyMatch(line -> line.contains("adapter_model.safetensors"));
    }

    private String tokens(String address, String... more) throws Exception {
        try (CorollaProcess client = generate(address, more)) {
            String line = client.awaitLine(text -> text.matches("[0-9 ]+"));
            assertThat(client.awaitEnd()).as(client.errors()).isZero();
            return line;
        }
    }

    private CorollaProcess generate(String address, String... more) throws IOException {
        Stream<String> usual = Stream.of(
                "generate",
                "org/tiny",
                "--initial-peers",
                address,
                "--dht-prefix",
                "tiny-llama",
                "--input-ids",
                "3,4,5",
                "--max-new-tokens",
                "16",
                "--ignore-eos");
        return CorollaProcess.start(
                variables, Stream.concat(usual, Stream.of(more)).toArray(String[]::new));
    }

    @Test
    void offlineServerUsesWhatIsThere() throws Exception {
        try (CorollaProcess online = server("1:2", List.of())) {
            online.awaitLine("ready"::equals);
        }
        int requests = hub.requests().size();
        try (CorollaProcess offline = start(true, "1:2", List.of())) {
            offline.awaitLine("ready"::equals);
        }
        try (CorollaProcess missing = start(true, "2:3", List.of())) {
            assertThat(missing.awaitEnd()).isNotZero();
            assertThat(missing.errors())
                    .contains("model.safetensors of org/tiny")
                    .contains("HF_HUB_OFFLINE");
        }
        assertThat(hub.requests()).hasSize(requests);
    }

    private CorollaProcess server(String blocks, List<String> more) throws IOException {
        return start(false, blocks, more);
    }

    private CorollaProcess start(boolean offline, String blocks, List<String> more) throws IOException {
        var environment = new HashMap<>(variables);
        environment.put("HF_HUB_OFFLINE", offline ? "1" : "0");
        Stream<String> usual = Stream.of(
                "server",
                "org/tiny",
                "--dht-prefix",
                "tiny-llama",
                "--block-indices",
                blocks,
                "--host-maddrs",
                LISTEN,
                "--throughput",
                "1",
                "--threads",
                "1");
        return CorollaProcess.start(
                environment, Stream.concat(usual, more.stream()).toArray(String[]::new));
    }

    private List<String> pieces() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache").resolve(PIECES))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("\\d+-\\d+"))
                    .toList();
        }
    }
}
