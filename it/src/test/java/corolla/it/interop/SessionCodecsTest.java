package corolla.it.interop;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.client.RemoteModel;
import corolla.client.RemoteModel.RemoteSession;
import corolla.client.session.Codecs;
import corolla.it.interop.MixedSwarm.Chain;
import corolla.it.interop.MixedSwarm.Kind;
import corolla.swarm.codec.Compression;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import corolla.testkit.models.GoldenModels;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions with packed hidden states through stock servers, which answer as they like, and through ours, which answer as asked. */
@Tag("interop")
@Timeout(600)
class SessionCodecsTest {
    private static final int[] TOKENS = {20, 1, 1, 1};

    @TempDir
    Path folder;

    @BeforeAll
    static void stockPeersAreInstalled() {
        StockPeer.assumeInstalled();
    }

    @Test
    void everyServerUnderstandsEveryCodecInASession() throws Exception {
        try (MixedSwarm swarm = MixedSwarm.start(GoldenModels.unpack("llama", folder), Kind.OURS)) {
            float[] plain = outputs(swarm, Chain.STOCK, Codecs.PLAIN);
            for (Compression codec : Compression.values()) {
                for (Chain chain : Chain.values()) {
                    double loss = loss(plain, outputs(swarm, chain, Codecs.of(codec)));
                    System.out.printf(
                            "a session in %s, %s servers: differs by %.1e of its length%n", codec, chain, loss);
                    assertThat(loss)
                            .as("%s through %s", codec, chain)
                            .isLessThan(codec.isRough() ? 0.25 : codec == Compression.NONE ? 1e-5 : 3e-3);
                }
            }
        }
    }

    private static float[] outputs(MixedSwarm swarm, Chain chain, Codecs codecs) throws Exception {
        int hiddenSize = swarm.checkpoint.config().hiddenSize();
        float[] all = new float[23 * hiddenSize];
        int at = 0;
        try (RemoteModel remote = swarm.remote(swarm.servers(chain), codecs);
                RemoteSession session = remote.open(1, 32, swarm.within(Duration.ofMinutes(1)))) {
            for (int tokens : TOKENS) {
                float[] values = new float[tokens * hiddenSize];
                var random = new Random(at);
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) random.nextGaussian();
                }
                var hidden = new Tensor(MemorySegment.ofArray(values), DType.F32, Shape.of(1, tokens, hiddenSize));
                session.step(hidden, swarm.within(Duration.ofMinutes(1)));
                System.arraycopy(values, 0, all, at, values.length);
                at += values.length;
            }
        }
        return all;
    }

    /** The length of the difference as a share of the length. */
    private static double loss(float[] exact, float[] packed) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < exact.length; i++) {
            difference += (packed[i] - exact[i]) * (packed[i] - exact[i]);
            size += exact[i] * exact[i];
        }
        return Math.sqrt(difference / size);
    }
}
