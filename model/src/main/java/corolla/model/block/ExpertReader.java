package corolla.model.block;

import corolla.model.block.ProjectionPlan.Module;
import corolla.model.block.ProjectionPlan.Slot;
import corolla.model.family.FeedForwardConfig.Sparse;
import corolla.model.family.TensorNames;
import corolla.model.family.TensorRole;
import corolla.model.weights.WeightReader;
import corolla.tensor.DType;
import corolla.tensor.GroupMatrix;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Reads the experts of one block, whichever way they are stored: a tensor for each expert and projection (Mixtral, Qwen,
 * DeepSeek); one for each projection, (experts, outputs, inputs) (the same in GGUF); one for gates, then ups, and one for the way
 * back (the same from newer transformers); one with inputs first and gates and ups in turn (gpt-oss), or that one in MXFP4. Confined
 * to one thread.
 *
 * @param arena owns what is read
 */
record ExpertReader(
        Sparse config,
        long hidden,
        TensorNames names,
        String prefix,
        WeightReader reader,
        Kernels kernels,
        Arena arena) {

    /** In f32 whatever the wish: it is small, and a wrong choice of experts costs more than a rounded weight. */
    Projection router() throws IOException {
        String name = prefix + names.of(TensorRole.ROUTER);
        int experts = config.rule().experts();
        Tensor stored = reader.stored(name + ".weight", experts, hidden);
        Tensor weights = stored.dtype() == DType.F32 ? stored : Elements.convert(arena, stored, DType.F32);
        Tensor bias = config.bias() ? reader.kept(reader.vector(name + ".bias", experts)) : null;
        ProjectionPlan plan = new ProjectionPlan(
                Slot.ROUTER, hidden, List.of(new Module(names.of(TensorRole.ROUTER), experts)), null);
        return new Projection(plan, kernels.matrix(arena, weights), bias);
    }

    /** Of each expert (2 · I, H): gates, then ups. */
    GroupMatrix up() throws IOException {
        long size = config.expertSize();
        if (!isInTurn()) {
            return isStored(TensorRole.STACKED_GATE_UP)
                    ? whole(TensorRole.STACKED_GATE_UP, 2 * size, hidden)
                    : separate(size, hidden, TensorRole.EXPERT_GATE, TensorRole.EXPERT_UP);
        }
        String name = prefix + names.of(TensorRole.EXPERTS_GATE_UP);
        Tensor biases = reader.stored(name + "_bias", config.rule().experts(), 2 * size);
        return together(name, 2 * size, hidden, biases, row -> row < size ? 2 * row : 2 * (row - size) + 1);
    }

    /** Of each expert (H, I). */
    GroupMatrix down() throws IOException {
        long size = config.expertSize();
        if (!isInTurn()) {
            return isStored(TensorRole.STACKED_DOWN)
                    ? whole(TensorRole.STACKED_DOWN, hidden, size)
                    : separate(hidden, size, TensorRole.EXPERT_DOWN);
        }
        String name = prefix + names.of(TensorRole.EXPERTS_DOWN);
        Tensor biases = reader.stored(name + "_bias", config.rule().experts(), hidden);
        return together(name, hidden, size, biases, row -> row);
    }

    /** What both are made of; none where the checkpoint has all experts in one tensor, which is no linear layer. */
    Map<Slot, List<ProjectionPlan>> plans() {
        if (names.has(TensorRole.EXPERTS_GATE_UP)) {
            return Map.of();
        }
        long size = config.expertSize();
        Map<Slot, List<ProjectionPlan>> plans = new EnumMap<>(Slot.class);
        plans.put(
                Slot.EXPERT_INPUT,
                plans(Slot.EXPERT_INPUT, size, hidden, TensorRole.EXPERT_GATE, TensorRole.EXPERT_UP));
        plans.put(Slot.EXPERT_OUTPUT, plans(Slot.EXPERT_OUTPUT, hidden, size, TensorRole.EXPERT_DOWN));
        return plans;
    }

    /** As gpt-oss is published; GGUF has taken its gates and ups apart. */
    private boolean isInTurn() throws IOException {
        return names.has(TensorRole.EXPERTS_GATE_UP) && !reader.has(stackedName(TensorRole.EXPERT_GATE) + ".weight");
    }

    private boolean isStored(TensorRole wholeName) throws IOException {
        return names.has(wholeName) && reader.has(prefix + names.of(wholeName));
    }

    /** What the tensors of one projection of all experts are called. */
    private String stackedName(TensorRole role) {
        return prefix + names.of(TensorRole.EXPERTS) + names.of(role);
    }

    private List<ProjectionPlan> plans(Slot slot, long outputs, long inputs, TensorRole... roles) {
        List<ProjectionPlan> plans = new ArrayList<>();
        for (int expert = 0; expert < config.rule().experts(); expert++) {
            String before = names.of(TensorRole.EXPERTS) + expert + ".";
            List<Module> modules = Stream.of(roles)
                    .map(role -> new Module(before + names.of(role), outputs))
                    .toList();
            plans.add(new ProjectionPlan(slot, inputs, modules, null));
        }
        return plans;
    }

    private GroupMatrix separate(long outputs, long inputs, TensorRole... roles) throws IOException {
        Tensor[][] parts = new Tensor[config.rule().experts()][roles.length]; // [expert][role]
        for (int i = 0; i < roles.length; i++) {
            String before = prefix + names.of(TensorRole.EXPERTS);
            String after = names.of(roles[i]) + ".weight";
            boolean stacked = reader.has(before + after);
            Tensor all = stacked ? reader.stacked(before + after, parts.length, outputs, inputs) : null;
            for (int expert = 0; expert < parts.length; expert++) {
                parts[expert][i] =
                        all == null ? reader.matrix(before + expert + "." + after, outputs, inputs) : all.part(expert);
            }
        }
        List<Matrix> matrices = new ArrayList<>();
        for (Tensor[] ofExpert : parts) {
            matrices.add(kernels.matrix(arena, ofExpert));
        }
        return new GroupMatrix(matrices, config.bias() ? separateBiases(outputs, roles) : null);
    }

    /** (experts, outputs of all roles) from a tensor (experts, outputs) of each. */
    private Tensor separateBiases(long outputs, TensorRole... roles) throws IOException {
        int experts = config.rule().experts();
        long columns = outputs * roles.length;
        Tensor joined = Tensor.allocate(reader.placeOfVectors(), DType.F32, experts, columns);
        for (int i = 0; i < roles.length; i++) {
            float[] part = Elements.convert(
                            reader.placeOf(DType.F32),
                            reader.stored(stackedName(roles[i]) + ".bias", experts, outputs),
                            DType.F32)
                    .toFloats();
            for (int k = 0; k < part.length; k++) {
                joined.setFloat(k / outputs * columns + i * outputs + k % outputs, part[k]);
            }
        }
        return reader.kept(joined);
    }

    private GroupMatrix whole(TensorRole role, long outputs, long inputs) throws IOException {
        int experts = config.rule().experts();
        Tensor all = reader.stacked(prefix + names.of(role), experts, outputs, inputs);
        List<Matrix> matrices = new ArrayList<>();
        for (int expert = 0; expert < experts; expert++) {
            matrices.add(kernels.matrix(arena, all.part(expert)));
        }
        return new GroupMatrix(matrices, null);
    }

    /** Which stored row becomes a row of the matrix. */
    private interface RowOrder {
        long stored(long row);
    }

    private GroupMatrix together(String name, long outputs, long inputs, Tensor biases, RowOrder order)
            throws IOException {
        int experts = config.rule().experts();
        boolean packed = reader.has(name + "_blocks");
        Tensor blocks = packed
                ? reader.passing(name + "_blocks", experts, outputs, inputs / 32, 16)
                : reader.passing(name, experts, inputs, outputs);
        Tensor scales = packed ? reader.passing(name + "_scales", experts, outputs, inputs / 32) : blocks;
        List<Matrix> matrices = new ArrayList<>();
        for (int expert = 0; expert < experts; expert++) {
            Tensor ordered = packed
                    ? MxFp4Rows.ordered(
                            reader.placeOf(DType.MXFP4), blocks.part(expert), scales.part(expert), order::stored)
                    : ordered(blocks.part(expert), order);
            matrices.add(kernels.matrix(arena, reader.wished(ordered)));
        }
        return new GroupMatrix(matrices, orderedBiases(biases, order));
    }

    /** Inputs first to outputs first. */
    private Tensor ordered(Tensor stored, RowOrder order) {
        Arena place = reader.placeOf(stored.dtype());
        Tensor turned = LatentWeights.transposed(stored, place);
        Tensor ordered = Tensor.allocate(place, turned.dtype(), turned.rows(), turned.columns());
        for (long row = 0; row < turned.rows(); row++) {
            long from = order.stored(row);
            ordered.slice(row, row + 1).copyFrom(turned.slice(from, from + 1));
        }
        return ordered;
    }

    private Tensor orderedBiases(Tensor stored, RowOrder order) {
        Tensor floats =
                stored.dtype() == DType.F32 ? stored : Elements.convert(reader.placeOfVectors(), stored, DType.F32);
        Tensor ordered = Tensor.allocate(reader.placeOfVectors(), DType.F32, floats.rows(), floats.columns());
        for (long expert = 0; expert < floats.rows(); expert++) {
            for (long k = 0; k < floats.columns(); k++) {
                ordered.setFloat(
                        expert * floats.columns() + k, floats.getFloat(expert * floats.columns() + order.stored(k)));
            }
        }
        return reader.kept(ordered);
    }
}
