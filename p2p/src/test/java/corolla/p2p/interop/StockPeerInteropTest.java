package corolla.p2p.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.ProtocolNotSupportedException;
import corolla.p2p.Stream;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.p2p.ping.Ping;
import corolla.testkit.GoldenFiles;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Our host and stock p2pd, in both directions over loopback; skipped where the stock peer is not installed ({@code
 * interop/setup-stock.sh}). What travels in the streams is tested where it is understood: RPC, DHT, Petals.
 */
@Tag("interop")
@Timeout(120)
class StockPeerInteropTest {
    private RealEnvironment real;
    private Environment environment;
    private Libp2pHost host;
    private final List<Process> processes = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        String missing = "no stock peer at " + python() + ": run interop/setup-stock.sh";
        boolean there = Files.isExecutable(python());
        if (!there) {
            System.getLogger(StockPeerInteropTest.class.getName())
                    .log(System.Logger.Level.WARNING, "SKIPPED: " + missing);
        }
        assumeTrue(there, missing);
        real = RealEnvironment.create(1);
        environment = real.environment();
        Identity identity = Identity.decode(GoldenFiles.bytes("hivemind/keys/rsa2048.identity"));
        host = Libp2pHost.start(environment, HostConfig.listening(identity, Multiaddr.parse("/ip4/127.0.0.1/tcp/0")));
    }

    @AfterEach
    void stop() {
        processes.forEach(Process::destroy);
        if (host != null) {
            host.close();
            real.close();
        }
    }

    private static Path python() {
        String cache =
                System.getenv().getOrDefault("COROLLA_CACHE", System.getProperty("user.home") + "/.cache/corolla");
        return Path.of(cache, "interop", "petals", "bin", "python");
    }

    /** {@code interop/} of the repository, from whichever module's folder the test runs in. */
    private static Path program(String name) {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path found = folder.resolve("interop").resolve(name);
            if (Files.exists(found)) {
                return found;
            }
        }
        throw new IllegalStateException(
                "no interop/" + name + " above " + Path.of("").toAbsolutePath());
    }

    private BufferedReader run(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(python().toString(), program("stock_rpc.py").toString()));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command).redirectError(new File("/dev/null")).start();
        processes.add(process);
        return process.inputReader(StandardCharsets.UTF_8);
    }

    private static String lineThatStarts(BufferedReader output, String start) throws IOException {
        for (String line; (line = output.readLine()) != null; ) {
            if (line.startsWith(start)) {
                return line.substring(start.length());
            }
        }
        throw new IOException("the stock peer ended before it said '" + start + "'");
    }

    private Deadline soon() {
        return Deadline.after(environment.clock(), Duration.ofSeconds(20));
    }

    private void awaitProtocol(PeerId peer, String protocol) throws InterruptedException {
        Deadline deadline = soon();
        while (!host.protocolsOf(peer).contains(protocol)) {
            assertThat(deadline.isOver(environment.clock()))
                    .as("waiting for " + protocol)
                    .isFalse();
            environment.clock().sleep(Duration.ofMillis(10));
        }
    }

    @Test
    void weDialAStockPeer() throws Exception {
        Multiaddr address = Multiaddr.parse(lineThatStarts(run("serve"), "listening "));
        PeerId peer = host.connect(address, soon());
        assertThat(PeerId.at(address)).contains(peer);
        awaitProtocol(peer, "EchoProtocol.rpc_echo");
        assertThat(host.addressBook().addresses(peer))
                .contains(address.withoutPeer().orElseThrow());
        Ping ping = new Ping(environment.clock(), environment.randoms(), Duration.ofSeconds(10));
        assertThat(ping.ping(host, peer, soon())).isLessThan(Duration.ofSeconds(5));
        try (Stream stream = host.open(peer, "EchoProtocol.rpc_echo", soon())) {
            stream.write(new byte[] {3, 1, 1, 1}, 0, 4, soon()); // a message that lacks its required fields
            assertThat(stream.read(new byte[1], 0, 1, soon()))
                    .as("refused by an end")
                    .isEqualTo(-1);
        }
        assertThatThrownBy(() -> host.open(peer, "EchoProtocol.rpc_nobody", soon()))
                .isInstanceOf(ProtocolNotSupportedException.class);
        assertThat(host.connectedPeers()).containsExactly(peer);
    }

    @Test
    void stockPeerDialsUs() throws Exception {
        List<PeerId> identified = new ArrayList<>();
        host.onIdentified((peer, protocols) -> {
            synchronized (identified) {
                identified.add(peer);
            }
        });
        String address = host.addresses().getFirst().toString();
        String outcome = lineThatStarts(run("call", address, "--only", "missing"), "{\"missing\": {\"ok\": ");
        assertThat(outcome).startsWith("true").contains("protocols not supported");
        synchronized (identified) {
            assertThat(identified).isNotEmpty();
        }
    }
}
