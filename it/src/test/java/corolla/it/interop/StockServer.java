package corolla.it.interop;

import corolla.base.multiformat.Multiaddr;
import corolla.swarm.Span;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A stock Petals server or bootstrap node, running: one of the shell programs of {@code interop/}. Its owner closes it. Confined to one
 * thread.
 */
final class StockServer implements AutoCloseable {
    private static final Pattern SERVING = Pattern.compile("Started$");
    private static final Pattern ADDRESS = Pattern.compile("(/ip4/127\\.0\\.0\\.1/tcp/\\d+/p2p/\\w+)");

    private final Process process;
    private final BufferedReader log;
    private Thread drain = Thread.ofVirtual().unstarted(() -> {});

    private StockServer(Process process) {
        this.process = process;
        this.log = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts a server and waits until it serves. */
    static StockServer start(Path model, String prefix, Span blocks, Multiaddr initialPeer) throws IOException {
        StockServer server = launch(model, prefix, blocks, initialPeer);
        server.awaitServing();
        return server;
    }

    /** Starts a server; {@link #awaitServing} is the next step. */
    static StockServer launch(Path model, String prefix, Span blocks, Multiaddr initialPeer, String... options)
            throws IOException {
        var arguments = new ArrayList<>(
                List.of(model.toString(), prefix, blocks.toString(), initialPeer.toString(), "--num_handlers", "2"));
        arguments.addAll(List.of(options));
        return launch("stock_server.sh", arguments);
    }

    private static StockServer launch(String program, List<String> arguments) throws IOException {
        var command =
                new ArrayList<>(List.of(StockPeer.programs().resolve(program).toString()));
        command.addAll(arguments);
        return new StockServer(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    void awaitServing() throws IOException {
        await(SERVING);
    }

    /** A bootstrap node, and its address. */
    record Bootstrap(StockServer node, Multiaddr address) implements AutoCloseable {
        static Bootstrap start() throws IOException {
            StockServer node = launch("stock_bootstrap.sh", List.of());
            return new Bootstrap(node, Multiaddr.parse(node.await(ADDRESS)));
        }

        @Override
        public void close() throws InterruptedException {
            node.close();
        }
    }

    /** Reads the log up to a line in which the pattern is found; afterwards a thread reads on. */
    private String await(Pattern pattern) throws IOException {
        String last = "nothing";
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            Matcher matcher = pattern.matcher(line);
            if (matcher.find()) {
                drain = Thread.ofVirtual().start(() -> log.lines().forEach(_ -> {}));
                return matcher.group();
            }
            last = line;
        }
        throw new IOException("the stock program ended before it was ready; its last words: " + last);
    }

    /** Ends it as a crash does: nothing is said to anybody. */
    void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        drain.join();
    }
}
