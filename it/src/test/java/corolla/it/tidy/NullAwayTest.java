package corolla.it.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The build's null checks are awake: javac, with the very plug-in line of our pom.xml, refuses a small wrong class and takes a right
 * one. (Set up a little wrong, Error Prone and NullAway check nothing and say nothing.)
 */
class NullAwayTest {
    private static final String PACKAGE = "@org.jspecify.annotations.NullMarked package sample;";
    private static final String WRONG = "package sample; class Sample { Object f() { return null; } }";
    private static final String RIGHT =
            "package sample; class Sample { @org.jspecify.annotations.Nullable Object f() { return null; } }";

    @TempDir
    private Path folder = Path.of("set by JUnit");

    /** How a compilation ended. */
    private record Compilation(int exit, String output) {}

    @Test
    void aNullWhereNoneMayBeIsRefused() throws Exception {
        Compilation compilation = compile(WRONG);

        assertThat(compilation.output).contains("[NullAway] returning @Nullable expression");
        assertThat(compilation.exit).isNotZero();
    }

    @Test
    void aNullWhereOneMayBeIsTaken() throws Exception {
        Compilation compilation = compile(RIGHT);

        assertThat(compilation.output).doesNotContain("error:");
        assertThat(compilation.exit).isZero();
    }

    private Compilation compile(String sample) throws IOException, InterruptedException {
        Path info = Files.writeString(folder.resolve("package-info.java"), PACKAGE);
        Path type = Files.writeString(folder.resolve("Sample.java"), sample);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "javac").toString());
        command.addAll(jvmFlags());
        command.addAll(List.of("-d", folder.toString(), "-XDcompilePolicy=simple", "--should-stop=ifError=FLOW"));
        command.addAll(List.of("-classpath", classPath(), "-processorpath", classPath(), "-proc:full", pluginLine()));
        command.addAll(List.of(info.toString(), type.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Compilation(process.waitFor(), output);
    }

    /** As our Maven runs javac inside itself. */
    private static List<String> jvmFlags() throws IOException {
        try (Stream<String> lines = Files.lines(ProjectFiles.root().resolve(".mvn/jvm.config"))) {
            return lines.filter(line -> line.startsWith("--add-"))
                    .map(line -> "-J" + line.replaceFirst(" ", "="))
                    .toList();
        }
    }

    private static String pluginLine() throws IOException {
        String pom = Files.readString(ProjectFiles.root().resolve("pom.xml"));
        Matcher matcher =
                Pattern.compile("<arg>(-Xplugin:ErrorProne[^<]*)</arg>").matcher(pom);
        assertThat(matcher.find()).as("pom.xml has Error Prone's line").isTrue();
        return matcher.group(1);
    }

    private static String classPath() {
        return System.getProperty("java.class.path");
    }
}
