package corolla.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.compute.InlineTeam;
import corolla.base.task.Sharing;
import corolla.model.LocalModel;
import corolla.model.Verification;
import corolla.model.block.BlockStack;
import corolla.model.family.CheckpointException;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.models.GoldenModels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All experts in one tensor for gates, then ups, and one for the way back, as transformers 5 keeps them in memory. */
class StackedExpertsTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "qwen3_moe, mlp.experts., gate_proj, up_proj, down_proj",
        "deepseek_v3, mlp.experts., gate_proj, up_proj, down_proj",
        "mixtral, block_sparse_moe.experts., w1, w3, w2"
    })
    void stackedModelVerifies(String name, String experts, String gate, String up, String down) throws Exception {
        Path model = stacked(name, experts, List.of(gate, up), List.of(down));
        try (Kernels kernels = new ScalarKernels();
                Checkpoint checkpoint = Checkpoint.open(model);
                LocalModel local = LocalModel.load(checkpoint, WeightsType.AUTO, kernels, new InlineTeam())) {
            assertThat(checkpoint.names()).noneMatch(stored -> stored.contains(experts + "0."));
            var report = Verification.run(
                    model.resolve("expected.safetensors"),
                    local.ends(),
                    local,
                    DType.F32,
                    new InlineTeam(),
                    InlineTeam.NO_DEADLINE);
            assertThat(report.passed()).as("%s", report.checks()).isTrue();
        }
    }

    @Test
    void stackedExpertsAreQuantisedWhileLoading() throws Exception {
        Path model = stacked("qwen3_moe", "mlp.experts.", List.of("gate_proj", "up_proj"), List.of("down_proj"));
        try (Checkpoint checkpoint = Checkpoint.open(model);
                Checkpoint block = QuantisedBlock.open(checkpoint, 1, DType.INT8, Optional.empty(), Sharing.ALONE)) {
            assertThat(block.find("layers.1.mlp.experts.gate_up_proj"))
                    .hasValueSatisfying(info -> assertThat(info.dtype()).isEqualTo(DType.INT8));
            assertThat(block.find("layers.1.mlp.gate.weight"))
                    .hasValueSatisfying(info -> assertThat(info.dtype()).isEqualTo(DType.F32));
        }
    }

    @Test
    void anotherShapeIsNamed() throws Exception {
        Path model = stacked("qwen3_moe", "mlp.experts.", List.of("gate_proj"), List.of("down_proj"));
        try (Kernels kernels = new ScalarKernels();
                Checkpoint checkpoint = Checkpoint.open(model)) {
            assertThatThrownBy(() -> BlockStack.load(checkpoint, 0, 1, WeightsType.AUTO, kernels))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("layers.0.mlp.experts.gate_up_proj has shape (6, 48, 64)")
                    .hasMessageContaining("(6, 96, 64)");
        }
    }

    /** The golden model with its experts' tensors joined. */
    private Path stacked(String name, String experts, List<String> in, List<String> back) throws IOException {
        Path model = GoldenModels.unpack(name, folder);
        Path weights = model.resolve("model.safetensors");
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (SafetensorsFile file = SafetensorsFile.open(weights);
                Arena arena = Arena.ofShared()) {
            for (String stored : file.names()) {
                if (!stored.contains(experts)) {
                    tensors.put(stored.replace("block_sparse_moe.", "mlp."), file.read(stored, arena));
                } else if (stored.endsWith("." + experts + "0." + back.getFirst() + ".weight")) {
                    String before = stored.substring(0, stored.indexOf(experts));
                    String after = before + "mlp.experts.";
                    tensors.put(after + "gate_up_proj", join(file, before + experts, in, arena));
                    tensors.put(after + "down_proj", join(file, before + experts, back, arena));
                }
            }
            byte[] bytes = safetensors(tensors);
            Files.delete(weights);
            Files.write(weights, bytes);
        }
        return model;
    }

    private static Tensor join(SafetensorsFile file, String before, List<String> roles, Arena arena)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Shape shape = Shape.of();
        int experts = 0;
        for (; file.find(before + experts + "." + roles.getFirst() + ".weight").isPresent(); experts++) {
            for (String role : roles) {
                Tensor one = file.read(before + experts + "." + role + ".weight", arena);
                shape = one.shape();
                bytes.writeBytes(one.data().toArray(ValueLayout.JAVA_BYTE));
            }
        }
        Tensor joined = Tensor.allocate(arena, DType.F32, experts, roles.size() * shape.rows(), shape.columns());
        joined.data().copyFrom(MemorySegment.ofArray(bytes.toByteArray()));
        return joined;
    }

    private static byte[] safetensors(Map<String, Tensor> tensors) {
        StringBuilder header = new StringBuilder();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        tensors.forEach((name, tensor) -> {
            int start = data.size();
            data.writeBytes(tensor.data().toArray(ValueLayout.JAVA_BYTE));
            header.append(header.isEmpty() ? "{" : ",")
                    .append("\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                            .formatted(name, Arrays.toString(tensor.shape().toArray()), start, data.size()));
        });
        byte[] json = header.append("}").toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(data.toByteArray())
                .array();
    }
}
