package corolla.client.session;

import corolla.base.time.Deadline;
import corolla.client.FakeSwarm;
import corolla.swarm.Span;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sessions over a swarm in memory, and what they must answer. Confined to its test. */
final class SessionHarness {
    static final int BLOCKS = 12;
    static final int WIDTH = 3;
    static final int TOKENS_MAX = 40;

    final FakeSwarm swarm = new FakeSwarm(BLOCKS);

    /** Tokens of all sequences of a session, and who follows whom. */
    record Step(int tokens, int @Nullable [] hypoIds) {
        static Step of(int tokens, int... hypoIds) {
            return new Step(tokens, hypoIds.length == 0 ? null : hypoIds);
        }
    }

    InferenceSession open(int batch, SessionConfig config) throws Exception {
        return open(batch, config, "");
    }

    InferenceSession open(int batch, SessionConfig config, String adapter) throws Exception {
        var spec = new SessionSpec(FakeSwarm.PREFIX, new Span(0, BLOCKS), WIDTH, batch, TOKENS_MAX, adapter);
        return InferenceSession.open(swarm.environment(), swarm, swarm, config, spec, soon());
    }

    Deadline soon() {
        return Deadline.after(swarm.clock, Duration.ofHours(10));
    }

    /** A step of some tokens that depend on the position alone. */
    List<Float> step(InferenceSession session, int batch, int tokens) throws Exception {
        return step(session, batch, Step.of(tokens));
    }

    List<Float> step(InferenceSession session, int batch, Step step) throws Exception {
        float[] values = new float[batch * step.tokens() * WIDTH];
        for (int i = 0; i < values.length; i++) {
            int token = session.position() + i / WIDTH % step.tokens();
            values[i] = (float) Math.sin(token * 7 + i % WIDTH + i / (step.tokens() * WIDTH));
        }
        var hidden = new Tensor(MemorySegment.ofArray(values), DType.F32, Shape.of(batch, step.tokens(), WIDTH));
        session.step(hidden, step.hypoIds(), soon());
        var outputs = new ArrayList<Float>();
        for (float value : values) {
            outputs.add(value);
        }
        return outputs;
    }

    /** What one server, to which nothing happens, answers to these steps. */
    static List<List<Float>> undisturbed(int batch, int... tokens) throws Exception {
        var steps = new ArrayList<Step>();
        for (int count : tokens) {
            steps.add(Step.of(count));
        }
        return undisturbed(batch, steps);
    }

    static List<List<Float>> undisturbed(int batch, List<Step> steps) throws Exception {
        var harness = new SessionHarness();
        harness.swarm.add(99, 0, BLOCKS);
        var outputs = new ArrayList<List<Float>>();
        try (InferenceSession session = harness.open(batch, SessionConfig.defaults())) {
            for (Step step : steps) {
                outputs.add(harness.step(session, batch, step));
            }
        }
        return outputs;
    }
}
