package corolla.model.source;

import static corolla.model.source.HubHarness.SINGLE;
import static corolla.model.source.HubHarness.TENSORS;
import static corolla.model.source.HubHarness.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.time.Deadline;
import corolla.model.family.CheckpointException;
import corolla.model.weights.SafetensorsFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubFetcherTest {
    private static final List<String> SMALL = List.of("config.json", "tokenizer.json");

    @TempDir
    Path cache;

    private HubHarness harness;

    @BeforeEach
    void open() throws Exception {
        harness = new HubHarness(cache);
    }

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void onlyTheBytesOfTheBlocksAreFetched() throws Exception {
        harness.putSingle();
        Path folder = harness.resolve("org/tiny", ModelParts.blocks(1, 2));
        assertThat(filesIn(folder)).hasSize(SMALL.size() + 3).contains("model.safetensors.pieces/header");
        try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(SINGLE));
                Arena arena = Arena.ofConfined()) {
            assertThat(file.names()).containsExactly(TENSORS);
            for (String part : List.of("up", "down")) {
                assertThat(file.read("model.layers.1." + part, arena).toFloats())
                        .hasSize(50)
                        .containsOnly(1f);
            }
            assertThatThrownBy(() -> file.read("model.layers.0.up", arena))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("model.layers.0.up was not fetched");
        }
        long bytes = 0;
        for (String name : filesIn(folder.resolve(SINGLE + ".pieces"))) {
            bytes += name.matches("\\d+-\\d+")
                    ? Files.size(folder.resolve(SINGLE + ".pieces").resolve(name))
                    : 0;
        }
        assertThat(bytes).isEqualTo(2 * 50 * 4);
    }

    @Test
    void laterSpansAddToEarlierOnes() throws Exception {
        harness.putSingle();
        harness.resolve("org/tiny", ModelParts.blocks(1, 2));
        int requests = harness.ranges(SINGLE).size();
        Path folder = harness.resolve("org/tiny", ModelParts.blocks(0, 3));
        assertThat(harness.ranges(SINGLE)).hasSize(requests + 2); // blocks 0 and 2; neither header nor block 1 again
        Path all = harness.resolve("org/tiny", ModelParts.all());
        assertThat(all).isEqualTo(folder);
        try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(SINGLE));
                Arena arena = Arena.ofConfined()) {
            for (String name : TENSORS) {
                assertThat(file.read(name, arena).toFloats()).as(name).containsOnly(TinySafetensors.value(name));
            }
        }
    }

    @Test
    void wholeModelComesAsOneCheckedFile() throws Exception {
        harness.putSingle();
        Path folder = harness.resolve("org/tiny", ModelParts.all());
        assertThat(filesIn(folder)).containsExactly("config.json", SINGLE, "tokenizer.json");
        assertThat(harness.ranges(SINGLE)).containsExactly("null");
    }

    @Test
    void onlyShardsOfTheBlocksAreTouched() throws Exception {
        harness.putShards();
        Path folder = harness.resolve("org/tiny", ModelParts.blocks(1, 3));
        // all of the second shard is needed, a part of the first, nothing of the third
        assertThat(folder.resolve("model-00002-of-00003.safetensors")).exists();
        assertThat(folder.resolve("model-00001-of-00003.safetensors")).doesNotExist();
        assertThat(folder.resolve("model-00001-of-00003.safetensors.pieces")).isDirectory();
        assertThat(harness.ranges("model-00003-of-00003.safetensors")).isEmpty();
    }

    @Test
    void endsComeFromTheirPlaces() throws Exception {
        harness.putShards();
        Path folder = harness.resolve("org/tiny", ModelParts.onlyEnds());
        assertThat(folder.resolve("model-00003-of-00003.safetensors")).exists();
        assertThat(harness.ranges("model-00002-of-00003.safetensors")).isEmpty();
        try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("model-00001-of-00003.safetensors"));
                Arena arena = Arena.ofConfined()) {
            assertThat(file.read("model.embed_tokens.weight", arena).toFloats()).containsOnly(-1f);
            assertThatThrownBy(() -> file.read("model.layers.0.up", arena)).hasMessageContaining("was not fetched");
        }
    }

    @Test
    void secondTimeNeedsNoNetwork() throws Exception {
        harness.putSingle();
        Path folder = harness.resolve("org/tiny", ModelParts.all());
        int requests = harness.hub.requests().size();
        harness.configure(harness.config().withOffline(true));
        assertThat(harness.resolve("org/tiny", ModelParts.all())).isEqualTo(folder);
        assertThat(harness.hub.requests()).hasSize(requests);
    }

    @Test
    void offlineSaysWhatIsMissing() throws Exception {
        harness.putSingle();
        harness.configure(harness.config().withOffline(true));
        assertThatThrownBy(() -> harness.resolve("org/tiny", ModelParts.all()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("org/tiny")
                .hasMessageContaining("HF_HUB_OFFLINE");
        harness.configure(harness.config().withOffline(false));
        harness.resolve("org/tiny", ModelParts.blocks(0, 1));
        harness.configure(harness.config().withOffline(true));
        assertThatThrownBy(() -> harness.resolve("org/tiny", ModelParts.blocks(0, 2)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(SINGLE);
    }

    @Test
    void descriptionNeedsHeadersOnly() throws Exception {
        harness.putShards();
        Path folder = harness.resolve("org/tiny", ModelParts.none());
        assertThat(filesIn(folder)).noneMatch(name -> name.contains("-of-"));
        harness.resolve("org/tiny", ModelParts.described());
        for (int i = 1; i <= 3; i++) {
            try (SafetensorsFile file =
                    SafetensorsFile.open(folder.resolve("model-0000" + i + "-of-00003.safetensors"))) {
                assertThat(file.names()).isNotEmpty();
            }
        }
        assertThat(filesIn(folder)).noneMatch(name -> name.matches(".*/\\d+-\\d+"));
    }

    @Test
    void revisionHasItsOwnFolder() throws Exception {
        harness.putSingle();
        Path branch = harness.resolve("org/tiny@refs/pr/1", ModelParts.all());
        assertThat(branch).hasFileName("org--tiny@refs--pr--1");
        assertThat(harness.hub.requests().getFirst()).startsWith("/api/models/org/tiny/revision/refs/pr/1 ");
    }

    @Test
    void oneBarGoesOverAllFiles() throws Exception {
        harness.putShards();
        harness.resolve("org/tiny", ModelParts.all());
        long total = 0;
        for (int i = 1; i <= 3; i++) {
            total += harness.hub.content("model-0000" + i + "-of-00003.safetensors").length;
        }
        assertThat(harness.told).allMatch(line -> line.startsWith("org/tiny "));
        assertThat(harness.told.getLast()).isEqualTo("org/tiny " + total + "/" + total);
    }

    @Test
    void ggufFileOfARepositoryIsFetchedAlone() throws Exception {
        harness.hub.put("tiny-Q4_K_M.gguf", "GGUF");
        harness.hub.put("tiny-Q8_0.gguf", "GGUF 8");
        for (String id : List.of("org/tiny/tiny-Q4_K_M.gguf", "org/tiny:tiny-Q4_K_M.gguf", "org/tiny:q4_k_m")) {
            assertThat(harness.resolve(id, ModelParts.all()))
                    .as(id)
                    .hasFileName("tiny-Q4_K_M.gguf")
                    .hasContent("GGUF");
        }
        assertThatThrownBy(() -> harness.resolve("org/tiny:q5", ModelParts.all()))
                .hasMessageContaining("no GGUF file")
                .hasMessageContaining("tiny-Q8_0.gguf");
        assertThatThrownBy(() -> harness.resolve("org/tiny:tiny", ModelParts.all()))
                .hasMessageContaining("2 GGUF files");
    }

    @Test
    void allPartsOfASplitGgufComeWithOne() throws Exception {
        harness.hub.put("tiny-00001-of-00002.gguf", "GGUF 1");
        harness.hub.put("tiny-00002-of-00002.gguf", "GGUF 2");
        Path first = harness.resolve("org/tiny:tiny", ModelParts.blocks(0, 1));
        assertThat(first).hasFileName("tiny-00001-of-00002.gguf");
        assertThat(first.resolveSibling("tiny-00002-of-00002.gguf")).hasContent("GGUF 2");
    }

    @Test
    void adapterIsTwoFiles() throws Exception {
        harness.hub.put("adapter_config.json", "{}");
        harness.hub.putLarge("adapter_model.safetensors", TinySafetensors.of("a"));
        try (ModelSource source = harness.source()) {
            Path folder = source.resolveAdapter(
                    "org/tiny", SourceProgress.SILENT, Deadline.never(harness.environment.clock()));
            assertThat(filesIn(folder)).containsExactly("adapter_config.json", "adapter_model.safetensors");
        }
    }

    @Test
    void picklesAreNotRead() {
        assertThatThrownBy(() -> harness.resolve("org/tiny", ModelParts.all()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("may carry code");
        harness.hub.put("adapter_model.bin", "never");
        try (ModelSource source = harness.source()) {
            assertThatThrownBy(() -> source.resolveAdapter(
                            "org/tiny@later", SourceProgress.SILENT, Deadline.never(harness.environment.clock())))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("pickle")
                    .hasMessageContaining("safe_serialization");
        }
    }

    @Test
    void namesThatLeaveTheFolderAreIgnored() throws Exception {
        harness.hub.put("../evil.json", "{}");
        harness.putSingle();
        harness.resolve("org/tiny", ModelParts.all());
        assertThat(cache.resolve("models/hub/evil.json")).doesNotExist();
        harness.hub.put("model.safetensors.index.json", "{\"weight_map\": {\"a\": \"../evil.safetensors\"}}");
        assertThatThrownBy(() -> harness.resolve("org/tiny@other", ModelParts.all()))
                .hasMessageContaining("no file ../evil.safetensors");
    }
}
