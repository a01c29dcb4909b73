package corolla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorollaTest {
    private static final String ADDRESS =
            "/ip4/192.0.2.1/tcp/31330/p2p/12D3KooWGP3yzAEEWxSa69Qe864ydG8hYk9xonhX6rienyt8m6DK";

    private final Terminal terminal = new Terminal();

    @TempDir
    Path folder = Path.of("");

    private void assertFails(int code, String... parts) {
        assertThat(terminal.out()).isEmpty();
        assertThat(terminal.errLines()).as("one line, no stack trace").hasSize(1);
        assertThat(terminal.err()).contains(parts);
        assertThat(code).isNotZero();
    }

    @Test
    void withoutACommandItSaysWhichThereAre() {
        assertThat(terminal.run()).isZero();
        assertThat(terminal.out())
                .contains("demo", "dht", "server", "generate", "chat", "info", "route", "model", "verify", "bench")
                .contains("MODEL is a folder");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "dht",
                "server",
                "generate",
                "chat",
                "info",
                "route",
                "model",
                "verify",
                "bench",
                "bench decode",
                "bench session",
                "bench table3"
            })
    void everyCommandHasHelp(String command) {
        assertThat(terminal.run((command + " --help").split(" "))).isZero();
        assertThat(terminal.out()).contains("Usage: corolla " + command);
        assertThat(terminal.err()).isEmpty();
        assertThat(terminal.out().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(120));
    }

    @Test
    void versionIsPrinted() {
        assertThat(terminal.run("--version")).isZero();
        assertThat(terminal.out()).startsWith("corolla ").contains("java ").doesNotContain("${");
    }

    @Test
    void unknownCommandIsOneLine() {
        assertFails(terminal.run("frobnicate"), "corolla: ", "'frobnicate'", "corolla --help");
    }

    @Test
    void unknownOptionNamesTheCommandsHelp() {
        assertFails(terminal.run("generate", "m", "--bogus"), "'--bogus'", "corolla generate --help says more");
    }

    @ParameterizedTest
    @ValueSource(strings = {"generate m --prompt x", "chat m", "info m", "route m", "bench session m"})
    void commandsOfASwarmSayHowToFindOne(String command) {
        assertFails(terminal.run(command.split(" ")), "--initial-peers is missing", "corolla dht");
    }

    @Test
    void deviceThatIsNotThereIsOneLine() {
        assertFails(terminal.run("bench", "outliers", "--device", "gpu"), "--device", "'gpu'", "cuda:0");
        assertFails(
                terminal.run("bench", "outliers", "--device", "cuda:9999"),
                "--device",
                "no kernels for device cuda:9999",
                "cuda: ");
    }

    @Test
    void initialPeerMustBeAnAddress() {
        assertFails(
                terminal.run("generate", "m", "--prompt", "x", "--initial-peers", "localhost:31330"),
                "--initial-peers",
                "'localhost:31330'",
                "/ip4/192.0.2.1/tcp/31330/p2p/");
        assertFails(
                terminal.run("generate", "m", "--prompt", "x", "--initial-peers", "/ip4/999.0.0.1/tcp/1"),
                "/ip4/999.0.0.1/tcp/1");
    }

    @Test
    void initialPeerMustSayWhoItIs() {
        assertFails(
                terminal.run("generate", "m", "--prompt", "x", "--initial-peers", "/ip4/192.0.2.1/tcp/31330"),
                "does not end in /p2p/ID");
    }

    @Test
    void modelMayStandBehindTheAddresses() {
        assertFails(
                terminal.run("generate", "--initial-peers", ADDRESS, ADDRESS, folder + "/none", "--prompt", "x"),
                "corolla generate: ",
                folder + "/none");
    }

    @Test
    void petalsUnderscoresAreUnderstood() {
        assertFails(
                terminal.run("server", folder + "/none", "--initial_peers", "nonsense", "--block_indices=0:2"),
                "--initial-peers");
    }

    @Test
    void promptAndIdsExcludeEachOther() {
        assertFails(terminal.run("generate", "m", "--local"), "--prompt TEXT or --input-ids");
        assertFails(terminal.run("generate", "m", "--local", "--prompt", "x", "--input-ids", "1,2"), "either");
    }

    @Test
    void compressionIsCheckedBeforeAnythingIsFetched() {
        String[] swarm = {"generate", "m", "--prompt", "x", "--initial-peers", ADDRESS, "--compression", ""};
        swarm[7] = "float8";
        assertFails(terminal.run(swarm), "--compression float8 is none of", "float16", "blockwise_8bit");
        swarm[7] = "none,bob=float16";
        assertFails(terminal.run(swarm), "--compression bob=…", "no peer id");
        assertFails(
                terminal.run("generate", "m", "--local", "--prompt", "x", "--compression", "float16"),
                "links to servers");
    }

    @Test
    void blocksAreChosenInOneWay() {
        assertFails(terminal.run("server", "m", "--block-indices", "0:2", "--num-blocks", "3"), "--block-indices");
    }

    @Test
    void modelThatIsNowhereIsOneClearLine() {
        assertFails(terminal.run("model", folder + "/none"), "corolla model: ", folder + "/none");
        assertFails(terminal.run("verify", folder.toString()), "expected.safetensors");
    }

    @Test
    void verboseShowsWhereAnErrorComesFrom() {
        assertThat(terminal.run("model", folder + "/none", "--verbose")).isEqualTo(1);
        assertThat(terminal.err()).contains("\tat corolla.");
    }

    @Test
    void samplingOptionOutOfRangeIsNamed() {
        assertThat(new SamplingFlags().stops()).isEmpty();
        assertFails(terminal.run("bench", "decode", "m", "--max-new-tokens", "1"), "--max-new-tokens");
    }

    @Test
    void portAndAddressesExcludeEachOther() {
        assertFails(
                terminal.run("dht", "--port", "31330", "--host-maddrs", "/ip4/127.0.0.1/tcp/0"),
                "--port",
                "--host-maddrs");
    }
}
