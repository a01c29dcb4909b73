package corolla.it.interop;

import corolla.base.multiformat.Multiaddr;
import corolla.swarm.Span;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A stock Petals server for some blocks of a model, running. Its owner closes it. Confined to one thread. */
final class StockServer implements AutoCloseable {
    private static final String READY = "Started";

    private final Process process;
    private final Thread drain;

    private StockServer(Process process, Thread drain) {
        this.process = process;
        this.drain = drain;
    }

    /** Starts a server and waits until it serves. */
    static StockServer start(Path model, String prefix, Span blocks, Multiaddr initialPeer) throws IOException {
        String program = StockPeer.programs().resolve("stock_server.sh").toString();
        Process process = new ProcessBuilder(
                        List.of(program, model.toString(), prefix, blocks.toString(), initialPeer.toString()))
                .redirectErrorStream(true)
                .start();
        BufferedReader log = process.inputReader(StandardCharsets.UTF_8);
        awaitReady(log);
        return new StockServer(process, Thread.ofVirtual().start(() -> drain(log)));
    }

    private static void awaitReady(BufferedReader log) throws IOException {
        String last = "nothing";
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            if (line.endsWith(READY)) {
                return;
            }
            last = line;
        }
        throw new IOException("the stock server ended before it served; its last words: " + last);
    }

    private static void drain(BufferedReader log) {
        log.lines().forEach(_ -> {});
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
