package corolla.it.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import corolla.testkit.models.GoldenModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ./corolla package} makes, unpacked where there is no Java: no {@code JAVA_HOME}, and a path with nothing but what the launcher calls. */
@Tag("e2e")
@TestInstance(Lifecycle.PER_CLASS)
class BundleTest {
    private static final long ARCHIVE_BYTES_MAX = 100_000_000;
    private static final Set<String> CALLED = Set.of("dirname", "readlink");
    private static final String LISTEN = "/ip4/127.0.0.1/tcp/0";

    private Path folder = Path.of("");
    private Path archive = Path.of("");
    private Path home = Path.of("");
    private Path launcher = Path.of("");
    private String model = "";
    private Map<String, String> environment = Map.of();

    @BeforeAll
    void packAndUnpack(@TempDir Path temporary) throws Exception {
        folder = temporary;
        model = GoldenModels.unpack("llama", folder).toString();
        try (CorollaProcess packing = CorollaProcess.start("package", "--out", folder.toString())) {
            archive = Path.of(packing.awaitLine(line -> line.endsWith(".tar.gz")));
            assertThat(packing.awaitEnd()).as(packing.errors()).isZero();
        }
        Process tar = new ProcessBuilder("tar", "-xzf", archive.toString(), "-C", folder.toString()).start();
        assertThat(tar.waitFor()).isZero();
        home = folder.resolve(archive.getFileName().toString().replace(".tar.gz", ""));
        launcher = Files.createSymbolicLink(folder.resolve("link"), home.resolve("bin/corolla"));
        environment = Map.of(
                "PATH",
                path(Files.createDirectory(folder.resolve("programs"))).toString(),
                "HOME",
                folder.toString(),
                "COROLLA_CACHE",
                folder.resolve("cache").toString());
    }

    /** Fills a folder with the programs that the launcher calls. */
    private static Path path(Path programs) throws IOException {
        for (String name : CALLED) {
            Path program = Stream.of("/usr/bin", "/bin")
                    .map(place -> Path.of(place, name))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .orElseThrow();
            Files.createSymbolicLink(programs.resolve(name), program);
        }
        return programs;
    }

    private CorollaProcess start(String... arguments) throws IOException {
        return CorollaProcess.startAlone(launcher, folder, environment, arguments);
    }

    private JsonNode json(String... arguments) throws Exception {
        try (CorollaProcess process = start(arguments)) {
            String line = process.awaitLine(text -> text.startsWith("{"));
            assertThat(process.awaitEnd()).as(process.errors()).isZero();
            return new ObjectMapper().readTree(line);
        }
    }

    @Test
    void archiveIsSmall() throws Exception {
        long bytes = Files.size(archive);
        System.out.printf("%s: %.1f MB%n", archive.getFileName(), bytes / 1e6);
        assertThat(bytes).isBetween(20_000_000L, ARCHIVE_BYTES_MAX);
    }

    @Test
    void thereIsNoOtherJava() throws Exception {
        try (Stream<Path> programs = Files.list(Path.of(environment.getOrDefault("PATH", "")))) {
            assertThat(programs.map(program -> program.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(CALLED);
        }
        assertThat(environment).doesNotContainKey("JAVA_HOME");
    }

    @Test
    void versionTellsTheCommit() throws Exception {
        try (CorollaProcess process = start("--version")) {
            assertThat(process.awaitLine(line -> true)).matches("corolla \\S+ \\(commit .+\\)");
            assertThat(process.awaitLine(line -> true)).startsWith("java 2");
            assertThat(process.awaitEnd()).as(process.errors()).isZero();
        }
    }

    @Test
    void verifyPasses() throws Exception {
        JsonNode report = json("verify", model, "--device", "cpu", "--json");
        assertThat(report.get("passed").asBoolean()).as(report.toPrettyString()).isTrue();
    }

    @Test
    void deviceIsUsedOrItIsSaidWhatIsMissing() throws Exception {
        try (CorollaProcess process = start("verify", model, "--device", "cuda:0")) {
            if (process.awaitEnd() != 0) {
                assertThat(process.errors())
                        .containsPattern("no kernels for device cuda:0: cuda: no .+ Looked in .+")
                        .doesNotContain("\tat ");
            }
        }
    }

    @Test
    void serverAndClientGenerateAndEndInOrder() throws Exception {
        try (CorollaProcess server =
                start("server", model, "--dht-prefix", "bundle", "--host-maddrs", LISTEN, "--throughput", "1")) {
            String address = server.awaitLine(line -> line.startsWith("/ip4/"));
            server.awaitLine("ready"::equals);
            assertThat(server.errors().lines().filter(line -> line.contains(" INFO ")))
                    .first()
                    .asString()
                    .matches(".* INFO Version: corolla \\S+ \\(commit .+\\) on Java .+");
            assertThat(server.hasChildren())
                    .as("the launcher becomes the process")
                    .isFalse();
            JsonNode swarm = json(
                    "generate",
                    model,
                    "--dht-prefix",
                    "bundle",
                    "--initial-peers",
                    address,
                    "--input-ids",
                    "3,4,5",
                    "--max-new-tokens",
                    "12",
                    "--json");
            JsonNode local =
                    json("generate", model, "--local", "--input-ids", "3,4,5", "--max-new-tokens", "12", "--json");
            assertThat(swarm.get("output_ids")).hasSize(12).isEqualTo(local.get("output_ids"));
            server.terminate();
            assertThat(server.awaitEnd()).as("SIGTERM").isIn(0, 143);
        }
    }

    /** The class-data archive is used as it was unpacked, and passed over without a word when the jar has another time. */
    @Test
    void classesAreMappedWhileTheyFit() throws Exception {
        Path jar = home.resolve("lib/corolla.jar");
        FileTime time = Files.getLastModifiedTime(jar);
        assertThat(loaded()).contains("corolla.cli.Corolla source: shared objects file");
        try {
            Files.setLastModifiedTime(jar, FileTime.fromMillis(time.toMillis() + 5000));
            assertThat(loaded()).contains("corolla.cli.Corolla source: ").doesNotContain("shared objects file");
        } finally {
            Files.setLastModifiedTime(jar, time);
        }
    }

    /** Where the classes of {@code corolla --version} come from; what it prints is the same wherever that is. */
    private String loaded() throws Exception {
        Path log = folder.resolve("classes.log");
        Files.deleteIfExists(log);
        Map<String, String> variables = new HashMap<>(environment);
        variables.put("COROLLA_JAVA_OPTIONS", "-Xlog:class+load:file=" + log);
        try (CorollaProcess process = CorollaProcess.startAlone(launcher, folder, variables, "--version")) {
            assertThat(process.awaitLine(line -> true)).startsWith("corolla ");
            assertThat(process.awaitEnd()).isZero();
            assertThat(process.errors()).isEqualTo("WARNING: Using incubator modules: jdk.incubator.vector");
        }
        return Files.readString(log);
    }

    /** Every class and resource of ours and the libraries' is there with its bytes, and every service with all providers. */
    @Test
    void nothingIsDropped() throws Exception {
        Map<String, Set<Long>> given = new HashMap<>();
        Map<String, Set<String>> providers = new HashMap<>();
        for (Path source : classPath()) {
            if (Files.isDirectory(source)) {
                continue; // a module of ours, of this build: its jar's content is checked by what runs above
            }
            try (JarFile jar = new JarFile(source.toFile())) {
                for (ZipEntry entry : jar.stream().filter(BundleTest::isKept).toList()) {
                    given.computeIfAbsent(entry.getName(), name -> new HashSet<>())
                            .add(entry.getCrc());
                    if (entry.getName().startsWith("META-INF/services/")) {
                        providers
                                .computeIfAbsent(entry.getName(), name -> new TreeSet<>())
                                .addAll(lines(jar, entry));
                    }
                }
            }
        }
        assertThat(given).hasSizeGreaterThan(5000);
        try (JarFile jar = new JarFile(home.resolve("lib/corolla.jar").toFile())) {
            for (var expected : given.entrySet()) {
                ZipEntry entry = jar.getEntry(expected.getKey());
                assertThat(entry).as(expected.getKey()).isNotNull();
                if (!expected.getKey().startsWith("META-INF/")) {
                    assertThat(expected.getValue()).as(expected.getKey()).contains(entry.getCrc());
                }
            }
            for (var service : providers.entrySet()) {
                assertThat(lines(jar, jar.getEntry(service.getKey())))
                        .as(service.getKey())
                        .containsAll(service.getValue());
            }
            assertThat(lines(jar, jar.getEntry("META-INF/services/corolla.tensor.KernelsProvider")))
                    .contains("corolla.kernels.cpu.CpuKernelsProvider", "corolla.kernels.cuda.CudaKernelsProvider");
            try (Stream<Path> kernels =
                    Files.list(CorollaProcess.root().resolve("kernels-cuda/src/main/resources/corolla/kernels/cuda"))) {
                assertThat(kernels.map(file -> "corolla/kernels/cuda/" + file.getFileName()))
                        .isNotEmpty()
                        .allSatisfy(name -> assertThat(jar.getEntry(name)).isNotNull());
            }
            assertThat(jar.stream().map(ZipEntry::getName))
                    .doesNotHaveDuplicates()
                    .noneMatch(name -> name.endsWith("module-info.class"))
                    .noneMatch(name -> name.matches("META-INF/[^/]*\\.(SF|RSA|DSA)"));
        }
    }

    /** What cannot be left out with a reason: classes, services, licences and notices. */
    private static boolean isKept(ZipEntry entry) {
        String name = entry.getName();
        return (name.endsWith(".class") && !name.endsWith("module-info.class"))
                || (name.startsWith("META-INF/services/") && !entry.isDirectory())
                || name.matches("(META-INF/)?(LICENSE|NOTICE)(\\.txt)?");
    }

    private static Set<String> lines(JarFile jar, ZipEntry entry) throws IOException {
        return new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .collect(Collectors.toSet());
    }

    private static List<Path> classPath() throws IOException {
        String text = Files.readString(CorollaProcess.root().resolve("cli/target/corolla.classpath"));
        return Stream.of(text.strip().split(":", -1)).map(Path::of).toList();
    }

    @Test
    void wrongUseIsToldAtOnce() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(refused(1, "package", "--out", file.resolve("out").toString()))
                .isEqualTo("corolla package: cannot write to the folder " + file.resolve("out"));
        assertThat(refused(2, "package", "--size", "small"))
                .startsWith("corolla package: does not know '--size' (usage:");
        assertThat(refused(2, "package", "--out")).isEqualTo("corolla package: --out needs a folder");
        try (CorollaProcess inBundle = start("package")) {
            assertThat(inBundle.awaitEnd()).isEqualTo(2);
            assertThat(inBundle.errors()).startsWith("corolla package: works in a checkout");
        }
    }

    private static String refused(int code, String... arguments) throws Exception {
        try (CorollaProcess process = CorollaProcess.start(arguments)) {
            assertThat(process.awaitEnd()).isEqualTo(code);
            return process.errors();
        }
    }
}
