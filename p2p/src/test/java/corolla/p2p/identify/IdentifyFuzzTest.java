package corolla.p2p.identify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.base.RealEnvironment;
import corolla.base.multiformat.Varint;
import corolla.base.time.Deadline;
import corolla.p2p.P2pLimits;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.testing.GoldenJson;
import corolla.p2p.testing.Mutations;
import corolla.p2p.testing.ScriptedStream;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mutated identify exchanges end in what fits the limits, or an {@code IOException}. */
@Timeout(300)
class IdentifyFuzzTest {
    private static final byte[] P2PD =
            GoldenJson.load("wire/stream_samples.json").at("identify_from_p2pd").hex("message_hex");
    private static final P2pLimits LIMITS = P2pLimits.defaults();
    private static RealEnvironment real;
    private static Identify identify;

    @BeforeAll
    static void start() {
        real = RealEnvironment.create(1);
        identify = new Identify(real.environment().clock(), LIMITS);
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    private static byte[] delimited(byte[] message) {
        return Mutations.join(Varint.encode(message.length), message);
    }

    @Test
    void exchangesSurvive() throws InterruptedException {
        Mutations mutations = new Mutations(41);
        byte[] good = Mutations.join(delimited(P2PD), delimited(P2PD));
        int heard = 0;
        for (int i = 0; i < Mutations.count(); i++) {
            byte[] wire = i % 2 == 0 ? mutations.mutate(good) : delimited(mutations.mutate(P2PD));
            try {
                IdentifyInfo info = identify.hear(stream(wire));
                assertThat(info.listenAddresses().size()).isLessThanOrEqualTo(LIMITS.addressesPerPeerMax());
                assertThat(info.protocols().size()).isLessThanOrEqualTo(LIMITS.protocolsPerPeerMax());
                heard++;
            } catch (IOException e) {
                assertThat(e.getMessage()).as("mutation " + i).isNotNull().hasSizeLessThan(500);
            }
        }
        assertThat(heard).isBetween(1, Mutations.count() - 1);
    }

    @Test
    void lengthIsCheckedBeforeItIsBelieved() {
        byte[] wire = Varint.encode(8193);
        assertThatThrownBy(() -> identify.hear(stream(wire)))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("8193");
    }

    @Test
    void endlessMessagesAreRefused() {
        byte[] wire = new byte[100]; // a hundred empty messages
        assertThatThrownBy(() -> identify.hear(stream(wire)))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("message 11");
    }

    private static Stream stream(byte[] wire) {
        ScriptedStream script = new ScriptedStream(wire, 50);
        return new Stream() {
            @Override
            public PeerId remotePeer() {
                return PeerId.parse("12D3KooWRhkg79GRvi6z4iKSoUFD3VG1qH15BVYCddgg8Mrc4KbP");
            }

            @Override
            public String protocol() {
                return Identify.PROTOCOL;
            }

            @Override
            public boolean isInbound() {
                return false;
            }

            @Override
            public int read(byte[] into, int from, int count, Deadline deadline) throws IOException {
                return script.read(into, from, count, deadline);
            }

            @Override
            public void write(byte[] bytes, int from, int count, Deadline deadline) {}

            @Override
            public void write(byte[] first, byte[] second, Deadline deadline) {}

            @Override
            public void closeWrite() {}

            @Override
            public void reset() {}

            @Override
            public void close() {}

            @Override
            public boolean isRemoteEnded() {
                return false;
            }

            @Override
            public void onRemoteEnd(Runnable action) {}
        };
    }
}
