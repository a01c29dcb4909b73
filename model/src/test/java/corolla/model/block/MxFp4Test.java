package corolla.model.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import corolla.base.compute.InlineTeam;
import corolla.model.KernelsUnderTest;
import corolla.model.family.ModelConfig;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.TensorInfo;
import corolla.model.weights.WeightsType;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import corolla.testkit.models.GoldenModels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The experts of gpt-oss as they are published, against the same numbers decoded. */
final class MxFp4Test {
    private static final float[] NUMBERS = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6};

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void packedExpertsAreTheDecodedOnes(KernelsUnderTest kind) throws Exception {
        try (Kernels kernels = kind.open();
                Arena arena = Arena.ofShared();
                Checkpoint golden = Checkpoint.open(GoldenModels.unpack("gpt_oss", folder))) {
            Random random = new Random(5);
            Map<String, Tensor> packed = new HashMap<>();
            Map<String, Tensor> decoded = new HashMap<>();
            for (int block = 0; block < 2; block++) {
                String name = "layers." + block + ".mlp.experts.";
                addExperts(name + "gate_up_proj", 320, 64, random, arena, packed, decoded);
                addExperts(name + "down_proj", 64, 160, random, arena, packed, decoded);
            }
            float[] wanted = forward(new Changed(golden, decoded), kernels);
            float[] found = forward(new Changed(golden, packed), kernels);
            assertThat(found).containsExactly(wanted, within(2e-3f));
            assertThat(wanted).isNotEqualTo(forward(golden, kernels));
        }
    }

    /** Random blocks and scales, and the numbers they stand for, inputs first. */
    private static void addExperts(
            String name,
            int outputs,
            int inputs,
            Random random,
            Arena arena,
            Map<String, Tensor> packed,
            Map<String, Tensor> decoded) {
        int experts = 4;
        Tensor blocks = Tensor.allocate(arena, DType.U8, experts, outputs, inputs / 32, 16);
        Tensor scales = Tensor.allocate(arena, DType.U8, experts, outputs, inputs / 32);
        Tensor numbers = Tensor.allocate(arena, DType.F32, experts, inputs, outputs);
        for (long group = 0; group < scales.elements(); group++) {
            int scale = 124 + random.nextInt(4);
            scales.data().set(ValueLayout.JAVA_BYTE, group, (byte) scale);
            for (int i = 0; i < 16; i++) {
                int both = random.nextInt(256);
                blocks.data().set(ValueLayout.JAVA_BYTE, 16 * group + i, (byte) both);
                for (int half = 0; half < 2; half++) {
                    long row = group / (inputs / 32);
                    long input = group % (inputs / 32) * 32 + 2L * i + half;
                    long at = (row / outputs * inputs + input) * outputs + row % outputs;
                    numbers.setFloat(at, Math.scalb(NUMBERS[both >> 4 * half & 15], scale - 127));
                }
            }
        }
        packed.put(name + "_blocks", blocks);
        packed.put(name + "_scales", scales);
        decoded.put(name, numbers);
    }

    private static float[] forward(Checkpoint checkpoint, Kernels kernels) throws Exception {
        try (Arena arena = Arena.ofShared();
                BlockStack stack = BlockStack.load(checkpoint, 0, 2, WeightsType.AUTO, kernels)) {
            Tensor hidden = Tensor.allocate(arena, DType.F32, 7, 64);
            Random random = new Random(6);
            for (long i = 0; i < hidden.elements(); i++) {
                hidden.setFloat(i, (float) random.nextGaussian());
            }
            stack.forward(new InlineTeam(), hidden, Part.uncached(1, 7), 0, 2, InlineTeam.NO_DEADLINE);
            return hidden.toFloats();
        }
    }

    /** A checkpoint with some tensors more, or others. */
    private record Changed(Checkpoint checkpoint, Map<String, Tensor> tensors) implements Checkpoint {

        @Override
        public ModelConfig config() {
            return checkpoint.config();
        }

        @Override
        public Path path() {
            return checkpoint.path();
        }

        @Override
        public Set<String> names() {
            Set<String> names = new HashSet<>(checkpoint.names());
            names.addAll(tensors.keySet());
            return names;
        }

        @Override
        public Optional<TensorInfo> find(String name) throws IOException {
            Tensor changed = tensors.get(name);
            if (changed == null) {
                return checkpoint.find(name);
            }
            Shape shape = changed.shape();
            return Optional.of(new TensorInfo(name, changed.dtype(), shape));
        }

        @Override
        public Tensor read(String name, Arena arena) throws IOException {
            Tensor changed = tensors.get(name);
            return changed == null ? checkpoint.read(name, arena) : changed;
        }

        @Override
        public void close() {}
    }
}
