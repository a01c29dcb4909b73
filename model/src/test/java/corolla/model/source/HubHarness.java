package corolla.model.source;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.testkit.hub.HubStandIn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A stand-in hub, a cache, and a clock that does not wait but remembers for how long it should have. */
final class HubHarness implements AutoCloseable {
    static final String SINGLE = "model.safetensors";
    static final String[] TENSORS = {
        "model.embed_tokens.weight",
        "model.layers.0.up",
        "model.layers.0.down",
        "model.layers.1.up",
        "model.layers.1.down",
        "model.layers.2.up",
        "model.layers.2.down",
        "model.norm.weight"
    };

    final HubStandIn hub;
    final Environment environment;
    final List<Duration> waits = new ArrayList<>();
    final List<String> told = new ArrayList<>(); // "label bytes/total"
    private final RealEnvironment real;
    private SourceConfig config;

    HubHarness(Path cache) throws IOException {
        this.real = RealEnvironment.create(1);
        this.hub = new HubStandIn();
        this.environment = new Environment(
                new HastyClock(real.environment().clock(), waits),
                real.environment().randoms(),
                real.environment().tasks(),
                real.environment().transport(),
                real.environment().team());
        this.config = SourceConfig.of(cache, hub.address()).withHubToken(Optional.of("secret"));
        hub.put("config.json", "{}");
        hub.put("tokenizer.json", "{\"a\": 1}");
        hub.put("README.md", "not needed");
        hub.put("pytorch_model.bin", "never");
    }

    void configure(SourceConfig other) {
        config = other;
    }

    SourceConfig config() {
        return config;
    }

    /** All tensors in one file. */
    void putSingle() {
        hub.putLarge(SINGLE, TinySafetensors.of(TENSORS));
    }

    /** Three shards: embeddings with block 0 and half of block 1, the rest of block 1 with block 2, the norm. */
    void putShards() {
        List<String> index = new ArrayList<>();
        putShard(index, 1, 0, 4);
        putShard(index, 2, 4, 7);
        putShard(index, 3, 7, 8);
        hub.put("model.safetensors.index.json", "{\"weight_map\": {" + String.join(", ", index) + "}}");
    }

    private void putShard(List<String> index, int number, int from, int to) {
        String name = "model-0000" + number + "-of-00003.safetensors";
        String[] tensors = Arrays.copyOfRange(TENSORS, from, to);
        hub.putLarge(name, TinySafetensors.of(tensors));
        for (String tensor : tensors) {
            index.add("\"" + tensor + "\": \"" + name + "\"");
        }
    }

    /** Resolves, and lets go at once. */
    Path resolve(String model, ModelParts parts) throws IOException, InterruptedException {
        try (ModelSource source = source()) {
            return resolve(source, model, parts);
        }
    }

    Path resolve(ModelSource source, String model, ModelParts parts) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(environment.clock(), Duration.ofMinutes(10));
        return source.resolve(
                        model, parts, (label, bytes, total) -> told.add(label + " " + bytes + "/" + total), deadline)
                .path();
    }

    ModelSource source() {
        return new ModelSource(environment, config);
    }

    /** Names of all files below a folder but those that begin with a dot. */
    static List<String> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    /** Ranges that were asked for of a file, in order; null for a request without. */
    List<String> ranges(String name) {
        return hub.requests().stream()
                .map(line -> line.split(" "))
                .filter(parts -> parts[0].endsWith("/" + name))
                .map(parts -> parts[1])
                .toList();
    }

    @Override
    public void close() {
        hub.close();
        real.close();
    }

    private record HastyClock(Clock real, List<Duration> waits) implements Clock {
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
            waits.add(time); // the stand-in's troubles need no time to pass
        }
    }
}
