package corolla.client.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.time.Deadline;
import corolla.client.FakeServer;
import corolla.client.FakeSwarm;
import corolla.client.session.SessionConfig;
import corolla.swarm.SessionLostException;
import corolla.swarm.Span;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ForwardChainTest {
    private final FakeSwarm swarm = new FakeSwarm(6);
    private final ForwardChain chain =
            new ForwardChain(swarm.clock, swarm, swarm, SessionConfig.defaults(), FakeSwarm.PREFIX);

    private float[] forward(int batch, int tokens, int width, Span blocks) throws Exception {
        float[] values = new float[batch * tokens * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 13 * 0.25f;
        }
        var hidden = new Tensor(MemorySegment.ofArray(values), DType.F32, Shape.of(batch, tokens, width));
        chain.forward(hidden, blocks, Deadline.after(swarm.clock, Duration.ofMinutes(1)));
        return values;
    }

    private static float[] expected(int batch, int tokens, int width, Span blocks) throws Exception {
        var test = new ForwardChainTest();
        test.swarm.add(9, 0, 6);
        return test.forward(batch, tokens, width, blocks);
    }

    @Test
    void chainAnswersAsOneServer() throws Exception {
        swarm.add(1, 0, 2);
        swarm.add(2, 2, 6);
        assertThat(forward(2, 5, 4, new Span(0, 6))).isEqualTo(expected(2, 5, 4, new Span(0, 6)));
        assertThat(forward(2, 5, 4, new Span(1, 3))).isEqualTo(expected(2, 5, 4, new Span(1, 3)));
    }

    @Test
    void largeTensorsGoInPiecesOnAStream() throws Exception {
        FakeServer server = swarm.add(1, 0, 6);
        int width = 2048; // 1 x 600 x 2048 x 4 bytes: 4.7 MiB, above one message and above one piece
        assertThat(forward(1, 600, width, new Span(2, 3))).isEqualTo(expected(1, 600, width, new Span(2, 3)));
        assertThat(server.forwardStreams).isEqualTo(1);
        assertThat(server.forwards).isZero();
    }

    @Test
    void batchesGoInPartsOfAThousandTokens() throws Exception {
        FakeServer server = swarm.add(1, 0, 6);
        assertThat(forward(5, 512, 2, new Span(0, 1))).isEqualTo(expected(5, 512, 2, new Span(0, 1)));
        assertThat(server.forwards).isEqualTo(3);
    }

    @Test
    void lostServerIsPassedBy() throws Exception {
        swarm.add(1, 0, 3);
        swarm.add(2, 3, 6).refusesToOpen = true;
        swarm.onFailed = () -> swarm.add(3, 3, 6);
        assertThat(forward(1, 4, 3, new Span(0, 6))).isEqualTo(expected(1, 4, 3, new Span(0, 6)));
        assertThat(swarm.failures).hasSize(1);
    }

    @Test
    void givesUpWithWhatWasTried() {
        swarm.add(1, 0, 6).refusesToOpen = true;
        assertThatThrownBy(() -> forward(1, 4, 3, new Span(0, 6)))
                .isInstanceOf(SessionLostException.class)
                .hasMessageContaining("connection refused")
                .hasMessageContaining("12 attempts");
    }
}
