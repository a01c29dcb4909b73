package corolla.model.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubFetcherTest {
    private static final String INDEX = """
            {"weight_map": {"model.embed_tokens.weight": "model-00001-of-00003.safetensors",
              "model.layers.0.mlp.up_proj.weight": "model-00001-of-00003.safetensors",
              "model.layers.1.mlp.up_proj.weight": "model-00002-of-00003.safetensors",
              "model.layers.2.mlp.up_proj.weight": "model-00003-of-00003.safetensors",
              "lm_head.weight": "model-00003-of-00003.safetensors"}}""";

    @TempDir
    Path cache;

    private RealEnvironment real;
    private HubStandIn hub;

    @BeforeEach
    void open() throws Exception {
        real = RealEnvironment.create(1);
        hub = new HubStandIn();
        hub.put("config.json", "{}");
        hub.put("tokenizer.json", "{\"a\": 1}");
        hub.put("README.md", "not needed");
        hub.put("pytorch_model.bin", "never");
    }

    @AfterEach
    void close() {
        hub.close();
        real.close();
    }

    @Test
    void onlyTheShardsOfTheBlocksAreFetched() throws Exception {
        putShards();
        Path folder = resolve("org/tiny", ModelParts.blocks(1, 2));
        assertThat(filesIn(folder))
                .containsExactlyInAnyOrder(
                        "config.json",
                        "tokenizer.json",
                        "model.safetensors.index.json",
                        "model-00002-of-00003.safetensors");
        assertThat(folder.resolve("model-00002-of-00003.safetensors")).hasContent("shard 2");
    }

    @Test
    void endsComeFromTheirShards() throws Exception {
        putShards();
        assertThat(filesIn(resolve("org/tiny", ModelParts.onlyEnds())))
                .contains("model-00001-of-00003.safetensors", "model-00003-of-00003.safetensors")
                .doesNotContain("model-00002-of-00003.safetensors");
    }

    @Test
    void secondTimeNeedsNoNetwork() throws Exception {
        hub.put("model.safetensors", "weights");
        Path folder = resolve("org/tiny", ModelParts.all());
        int requests = hub.requests.size();
        assertThat(resolve("org/tiny", ModelParts.all())).isEqualTo(folder);
        assertThat(hub.requests).hasSize(requests);
    }

    @Test
    void cutDownloadGoesOnWhereItStopped() throws Exception {
        byte[] weights = "0123456789".repeat(1000).getBytes(StandardCharsets.UTF_8);
        hub.put("model.safetensors", weights, sha256(weights));
        AtomicInteger cuts = new AtomicInteger();
        hub.trouble(exchange -> {
            boolean cut =
                    exchange.getRequestURI().getPath().endsWith("model.safetensors") && cuts.getAndIncrement() == 0;
            if (cut) {
                hub.sendHalf(exchange, "model.safetensors");
            }
            return cut;
        });
        Path folder = resolve("org/tiny", ModelParts.all());
        assertThat(folder.resolve("model.safetensors")).hasBinaryContent(weights);
        assertThat(hub.requests).anyMatch(request -> request.contains("model.safetensors bytes="));
    }

    @Test
    void tokenGoesToTheHubAndNotWhereItRedirects() throws Exception {
        hub.put("model.safetensors", "weights");
        hub.trouble(exchange -> {
            boolean atHub = exchange.getRequestHeaders().getFirst("Host").startsWith("127.0.0.1")
                    && exchange.getRequestURI().getPath().endsWith("model.safetensors");
            if (atHub) {
                HubStandIn.redirect(exchange, hub.otherAddress().resolve(exchange.getRequestURI()));
            }
            return atHub;
        });
        assertThat(resolve("org/tiny", ModelParts.all()).resolve("model.safetensors"))
                .hasContent("weights");
        List<String> toModel = hub.requests.stream()
                .filter(line -> line.contains("model.safetensors "))
                .toList();
        assertThat(toModel).hasSize(2);
        assertThat(toModel.getFirst()).endsWith("Bearer secret");
        assertThat(toModel.getLast()).endsWith("null");
    }

    @Test
    void refusalSaysWhatToDo() {
        hub.trouble(exchange -> {
            HubStandIn.answer(exchange, 401);
            return true;
        });
        assertThatThrownBy(() -> resolve("org/tiny", ModelParts.all()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("org/tiny")
                .hasMessageContaining("401")
                .hasMessageContaining("accept the model's terms");
        assertThat(hub.requests).hasSize(1);
    }

    @Test
    void unknownModelIsNotTriedAgain() {
        assertThatThrownBy(() -> resolve("org/other", ModelParts.all()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("404")
                .hasMessageContaining("no such model");
        assertThat(hub.requests).hasSize(1);
    }

    @Test
    void tooManyRequestsAreTriedAgain() throws Exception {
        hub.put("model.safetensors", "weights");
        AtomicInteger refusals = new AtomicInteger();
        hub.trouble(exchange -> {
            boolean refuse = refusals.getAndIncrement() < 3;
            if (refuse) {
                exchange.getResponseHeaders().add("Retry-After", "7");
                HubStandIn.answer(exchange, 429);
            }
            return refuse;
        });
        assertThat(resolve("org/tiny", ModelParts.all()).resolve("model.safetensors"))
                .hasContent("weights");
    }

    @Test
    void brokenServerEndsInOneError() {
        hub.trouble(exchange -> {
            HubStandIn.answer(exchange, 503);
            return true;
        });
        assertThatThrownBy(() -> resolve("org/tiny", ModelParts.all()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("503")
                .hasMessageContaining("times");
    }

    @Test
    void wrongContentIsRefusedAndRemoved() {
        byte[] weights = "tampered".getBytes(StandardCharsets.UTF_8);
        hub.put("model.safetensors", weights, "0".repeat(64));
        assertThatThrownBy(() -> resolve("org/tiny", ModelParts.all()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("SHA-256");
        assertThat(cache.resolve("models/hub/org--tiny@main/model.safetensors.part"))
                .doesNotExist();
        assertThat(cache.resolve("models/hub/org--tiny@main/model.safetensors")).doesNotExist();
    }

    @Test
    void picklesAreNotRead() {
        assertThatThrownBy(() -> resolve("org/tiny", ModelParts.all()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("may carry code");
    }

    @Test
    void ggufFileOfARepositoryIsFetchedAlone() throws Exception {
        hub.put("tiny.gguf", "GGUF");
        assertThat(resolve("org/tiny/tiny.gguf", ModelParts.all()))
                .hasFileName("tiny.gguf")
                .hasContent("GGUF");
    }

    @Test
    void namesThatLeaveTheFolderAreIgnored() throws Exception {
        hub.put("../evil.json", "{}");
        hub.put("model.safetensors", "weights");
        resolve("org/tiny", ModelParts.all());
        assertThat(cache.resolve("models/hub/evil.json")).doesNotExist();
    }

    private void putShards() {
        hub.put("model.safetensors.index.json", INDEX);
        for (int i = 1; i <= 3; i++) {
            hub.put("model-0000" + i + "-of-00003.safetensors", "shard " + i);
        }
    }

    private Path resolve(String model, ModelParts parts) throws IOException, InterruptedException {
        SourceConfig config = new SourceConfig(cache, hub.address(), Optional.of("secret"), List.of("python3"));
        Environment environment = real.environment();
        Environment hasty = new Environment(
                new HastyClock(environment.clock()),
                environment.randoms(),
                environment.tasks(),
                environment.transport(),
                environment.team());
        Deadline deadline = Deadline.after(hasty.clock(), Duration.ofMinutes(2));
        return new ModelSource(hasty, config)
                .resolve(model, parts, SourceProgress.SILENT, deadline)
                .path();
    }

    private static List<String> filesIn(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .toList();
        }
    }

    private static String sha256(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    /** Does not wait between attempts. */
    private record HastyClock(Clock real) implements Clock {
        @Override
        public long nanoTime() {
            return real.nanoTime();
        }

        @Override
        public Instant now() {
            return real.now();
        }

        @Override
        public void sleep(Duration time) {
            // The stand-in's troubles need no time to pass.
        }
    }
}
