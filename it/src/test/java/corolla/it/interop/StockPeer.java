package corolla.it.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import corolla.base.multiformat.Multiaddr;
import corolla.p2p.PeerId;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** One of the stock programs of {@code interop/}, running. Its owner closes it. Confined to one thread. */
final class StockPeer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final BufferedReader out;
    private final BufferedWriter in;
    private final List<Multiaddr> addresses = new ArrayList<>();
    private Optional<PeerId> id = Optional.empty();

    private StockPeer(Process process) {
        this.process = process;
        this.out = process.inputReader(StandardCharsets.UTF_8);
        this.in = process.outputWriter(StandardCharsets.UTF_8);
    }

    /** Skips the test, saying so, where the stock peers are not installed. */
    static void assumeInstalled() {
        Path python = python();
        boolean there = Files.isExecutable(python);
        if (!there) {
            System.getLogger(StockPeer.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "SKIPPED: no stock peers at " + python + "; run interop/setup-stock.sh");
        }
        Assumptions.assumeTrue(there, () -> "no stock peers at " + python + "; run interop/setup-stock.sh");
    }

    /** The same for js-libp2p. */
    static void assumeJsInstalled() {
        boolean there = Files.exists(cache().resolve("js/.corolla-stamp"));
        if (!there) {
            System.getLogger(StockPeer.class.getName())
                    .log(System.Logger.Level.WARNING, "SKIPPED: no js-libp2p peer; run interop/setup-js.sh");
        }
        Assumptions.assumeTrue(there, "no js-libp2p peer in " + cache() + "; run interop/setup-js.sh");
    }

    private static Path cache() {
        String cache = System.getenv("COROLLA_CACHE");
        Path folder = cache == null ? Path.of(System.getProperty("user.home"), ".cache", "corolla") : Path.of(cache);
        return folder.resolve("interop");
    }

    private static Path python() {
        return cache().resolve(Path.of("petals", "bin", "python"));
    }

    /** The folder of the stock programs, found from wherever the tests run. */
    static Path programs() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && !Files.exists(folder.resolve("interop/stock_dht.py"))) {
            folder = folder.getParent();
        }
        if (folder == null) {
            throw new IllegalStateException(
                    "no folder interop/ above " + Path.of("").toAbsolutePath());
        }
        return folder.resolve("interop");
    }

    /** Starts a program; does not wait for anything. */
    static StockPeer launch(String program, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(python().toString());
        command.add(programs().resolve(program).toString());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectError(Path.of("target", "stock-" + program + ".log").toFile());
        return new StockPeer(builder.start());
    }

    /** Starts a program that listens, and waits until it does. */
    static StockPeer listen(String program, List<String> arguments) throws IOException {
        return launch(program, arguments).awaitReady();
    }

    /** Starts the js-libp2p peer, and waits until it listens. */
    static StockPeer js(String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("node", cache().resolve("js/peer.mjs").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectError(Path.of("target", "js-peer.log").toFile());
        return new StockPeer(builder.start()).awaitReady();
    }

    private StockPeer awaitReady() throws IOException {
        while (id.isEmpty()) {
            String line = line();
            if (line.startsWith("listening ")) {
                addresses.add(Multiaddr.parse(line.substring("listening ".length())));
            } else if (line.startsWith("ready ")) {
                id = Optional.of(PeerId.parse(line.substring("ready ".length())));
            }
        }
        return this;
    }

    PeerId id() {
        return id.orElseThrow();
    }

    Multiaddr address() {
        return addresses.getFirst();
    }

    /** Sends one command, and returns its answer. */
    JsonNode command(String json) throws IOException {
        in.write(json.replace('\'', '"'));
        in.newLine();
        in.flush();
        return JSON.readTree(line());
    }

    /** The next line as JSON. */
    JsonNode json() throws IOException {
        return JSON.readTree(line());
    }

    private String line() throws IOException {
        String line = out.readLine();
        if (line == null) {
            throw new IOException(
                    "the stock program ended; its log is beside this module's target folder, stock-*.log");
        }
        return line;
    }

    @Override
    public void close() {
        process.destroy();
        if (process.onExit()
                .completeOnTimeout(process, 20, TimeUnit.SECONDS)
                .join()
                .isAlive()) {
            process.destroyForcibly();
        }
    }
}
