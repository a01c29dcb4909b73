package corolla.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.kernels.cpu.vector.VectorBackwardKernels;
import corolla.tensor.Activation;
import corolla.tensor.AttentionHeads;
import corolla.tensor.AttentionHeads.Values;
import corolla.tensor.AttentionLayer;
import corolla.tensor.BackwardKernels;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.RopeTable.Pairing;
import corolla.tensor.Tensor;
import corolla.tensor.contract.AttentionSample;
import corolla.tensor.contract.AttentionSample.Extra;
import corolla.tensor.contract.BackwardContract;
import corolla.tensor.contract.LoneMember;
import corolla.tensor.contract.Numeric;
import corolla.tensor.scalar.ScalarBackwardKernels;
import corolla.tensor.scalar.ScalarKernels;
import java.lang.foreign.Arena;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract, and sizes that are too large for finite differences against the reference. */
final class VectorBackwardTest extends BackwardContract {
    VectorBackwardTest() {
        super(CpuKernels.vectorOnly());
    }

    @Test
    void cpuKernelsHaveVectorBackward() {
        try (Kernels kernels = CpuKernels.vectorOnly()) {
            assertThat(kernels.backward()).isInstanceOf(VectorBackwardKernels.class);
        }
    }

    static Stream<AttentionSample> largeAttentions() {
        return Stream.of(
                new AttentionSample(6, 2, 64, 64, Pairing.HALVES, AttentionLayer.NO_WINDOW, 33, 1, 64),
                new AttentionSample(3, 1, 80, 40, Pairing.HALVES, 37, 100, 99),
                new AttentionSample(2, 2, 33, 4, Pairing.NEIGHBOURS, 5, 129),
                new AttentionSample(4, 1, 128, 128, Pairing.HALVES, 1, 70),
                new AttentionSample(AttentionHeads.of(4, 2, 64), 64, Pairing.HALVES, 20, Extra.SINKS, 70, 33),
                new AttentionSample(
                        new AttentionHeads(2, 2, 48, 33, Values.OWN), 16, Pairing.NEIGHBOURS, 99, Extra.NOTHING, 90),
                new AttentionSample(
                        new AttentionHeads(5, 1, 80, 64, Values.IN_KEYS), 16, Pairing.NEIGHBOURS, 99, Extra.SINKS, 67),
                new AttentionSample(4, 4, 16, 16, Pairing.HALVES, AttentionLayer.NO_WINDOW, 300),
                new AttentionSample(4, 2, 64, 0, Pairing.HALVES, AttentionLayer.NO_WINDOW, Extra.BIASES, 90, 33),
                new AttentionSample(2, 1, 80, 0, Pairing.HALVES, 37, Extra.BIASES, 100),
                new AttentionSample(4, 2, 128, 128, Pairing.HALVES, 9, Extra.HEAD_NORMS, 70, 3));
    }

    @ParameterizedTest
    @MethodSource("largeAttentions")
    void attentionEqualsTheReference(AttentionSample sample) {
        float[] qkv = Numeric.random(7, sample.qkvElements());
        float[] dOut = Numeric.random(8, sample.outElements());
        try (Kernels scalar = new ScalarKernels();
                Kernels cpu = CpuKernels.vectorOnly();
                Arena arena = Arena.ofConfined()) {
            float[] wanted = sample.backward(scalar, scalar.backward(), 1, arena, qkv, dOut);
            float[] actual = sample.backward(scalar, cpu.backward(), 1, arena, qkv, dOut);
            float[] byThree = sample.backward(scalar, cpu.backward(), 3, arena, qkv, dOut);

            Numeric.assertClose(actual, Numeric.doubles(wanted), 2e-5);
            assertThat(byThree).isEqualTo(actual);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 2046, 5003})
    void rowsEqualTheReference(int columns) {
        try (Arena arena = Arena.ofConfined()) {
            float[] wanted = rows(arena, columns, ScalarBackwardKernels.INSTANCE);
            float[] actual = rows(arena, columns, new VectorBackwardKernels());

            Numeric.assertClose(actual, Numeric.doubles(wanted), 1e-5);
        }
    }

    /** Results of all operations on rows, one after the other. */
    private static float[] rows(Arena arena, int columns, BackwardKernels backward) {
        Tensor all = Tensor.allocate(arena, DType.F32, 12, columns);
        Tensor x = Tensor.of(arena, Numeric.random(1, 2 * columns), 2, columns);
        Tensor weight = Tensor.of(arena, Numeric.random(2, columns), columns);
        Tensor gradient = Tensor.of(arena, Numeric.random(3, 2 * columns), 2, columns);
        Tensor gateUp = Tensor.of(arena, Numeric.random(4, 4 * columns), 2, 2L * columns);
        Tensor up = Tensor.of(arena, Numeric.random(6, 2 * columns), 2, columns);
        Tensor logits = Tensor.of(arena, Numeric.random(5, 2 * columns), 2, columns);
        Tensor losses = Tensor.allocate(arena, DType.F32, 2, 1);
        LoneMember.all(2, me -> backward.rmsNorm(me, x, weight, 1e-5f, gradient, all.slice(0, 2)));
        LoneMember.all(2, me -> backward.gate(me, Activation.SILU, gateUp, gradient));
        LoneMember.all(2, me -> backward.activate(me, Activation.GELU, up, gradient));
        LoneMember.all(2, me -> backward.layerNorm(me, x, weight, 1e-5f, gradient, all.slice(8, 10)));
        LoneMember.all(2, me -> backward.crossEntropy(me, logits, new int[] {columns - 1, 0}, 2, losses));
        all.slice(2, 6).copyFrom(gateUp);
        all.slice(6, 8).copyFrom(logits);
        all.slice(10, 12).copyFrom(up);
        return all.toFloats();
    }
}
