package corolla.model.block;

import corolla.model.adapter.LoraAdapter;
import corolla.model.adapter.LoraModule;
import corolla.model.block.ProjectionPlan.Module;
import corolla.model.block.ProjectionPlan.Slot;
import corolla.model.family.CheckpointException;
import corolla.model.family.FeedForwardConfig.Sparse;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads what an adapter adds to a block, projection by projection, and stacks what belongs to modules that are one projection
 * here. Confined to one thread.
 *
 * @param names modules of the adapter by block and name within it
 * @param arena owns what the adapter keeps
 */
record AdapterReader(LoraAdapter adapter, AdapterNames names, Kernels kernels, Arena arena) {

    /**
     * What it adds to one block.
     *
     * @throws CheckpointException when a module is of no projection, has other sizes, or is missing
     */
    BlockAdapter read(int block, BlockWeights weights) throws IOException {
        Map<Slot, LowRank> parts = new EnumMap<>(Slot.class);
        Set<String> known = new HashSet<>();
        int at = 0;
        for (Projection projection : weights.projections()) {
            ProjectionPlan plan = projection.plan();
            plan.modules().forEach(module -> known.add(module.name()));
            Optional<LowRank> part = lowRank(block, plan, at);
            if (part.isPresent()) {
                parts.put(plan.slot(), part.get());
                at += part.get().rank();
            }
        }
        int choices = weights.config().feedForward() instanceof Sparse sparse
                ? sparse.rule().choices()
                : 0;
        Map<Slot, ExpertLowRanks> experts = new EnumMap<>(Slot.class);
        for (Map.Entry<Slot, List<ProjectionPlan>> plans :
                weights.feedForward().experts().entrySet()) {
            plans.getValue().forEach(plan -> plan.modules().forEach(module -> known.add(module.name())));
            Optional<ExpertLowRanks> part = experts(block, plans.getValue(), at);
            if (part.isPresent()) {
                experts.put(plans.getKey(), part.get());
                at += part.get().rank() * choices;
            }
        }
        names.requireKnown(block, known);
        return new BlockAdapter(parts, experts, at);
    }

    private Optional<ExpertLowRanks> experts(int block, List<ProjectionPlan> plans, int at) throws IOException {
        Map<Integer, LowRank> parts = new HashMap<>();
        int rank = 0;
        for (int expert = 0; expert < plans.size(); expert++) {
            Optional<LowRank> part = lowRank(block, plans.get(expert), 0);
            if (part.isPresent()) {
                parts.put(expert, part.get());
                rank = Math.max(rank, part.get().rank());
            }
        }
        return parts.isEmpty() ? Optional.empty() : Optional.of(new ExpertLowRanks(parts, rank, at));
    }

    private Optional<LowRank> lowRank(int block, ProjectionPlan plan, int at) throws IOException {
        List<Optional<LoraModule>> changed = new ArrayList<>(); // by module of the plan
        int rank = 0;
        for (Module module : plan.modules()) {
            Optional<LoraModule> found =
                    names.find(block, module.name(), plan.slot().isAlwaysLinear());
            if (found.isPresent()) {
                requireSizes(found.get(), plan.inputs(), module.outputs());
                rank += found.get().rank();
            }
            changed.add(found);
        }
        return rank == 0 ? Optional.empty() : Optional.of(stacked(plan, changed, rank, at));
    }

    private LowRank stacked(ProjectionPlan plan, List<Optional<LoraModule>> changed, int rank, int at)
            throws IOException {
        Tensor a = Tensor.allocate(arena, DType.F32, rank, plan.inputs());
        Tensor b = Tensor.allocate(arena, DType.F32, plan.outputs(), rank);
        int row = 0; // of A
        long output = 0;
        for (int i = 0; i < changed.size(); i++) {
            if (changed.get(i).isPresent()) {
                LoraModule module = changed.get(i).get();
                try (Arena passing = Arena.ofShared()) {
                    a.slice(row, row + module.rank()).copyFrom(adapter.a(module, passing));
                    copyScaled(adapter.b(module, passing), module.scale(), b, output, row);
                }
                row += module.rank();
            }
            output += plan.modules().get(i).outputs();
        }
        Tensor sorted = plan.order() == null ? b : plan.order().sorted(b, arena);
        return new LowRank(kernels.matrix(arena, a), kernels.matrix(arena, sorted), at);
    }

    /** to[row + i, column + k] = scale · from[i, k]. */
    private static void copyScaled(Tensor from, float scale, Tensor to, long row, long column) {
        int rank = Math.toIntExact(from.columns());
        float[] values = new float[rank];
        for (long i = 0; i < from.rows(); i++) {
            MemorySegment.copy(from.data(), Tensor.FLOAT, i * from.rowBytes(), values, 0, rank);
            for (int k = 0; k < rank; k++) {
                values[k] *= scale;
            }
            long at = (row + i) * to.rowBytes() + Float.BYTES * column;
            MemorySegment.copy(values, 0, to.data(), Tensor.FLOAT, at, rank);
        }
    }

    private void requireSizes(LoraModule module, long inputs, long outputs) throws CheckpointException {
        if (module.inputs() != inputs || module.outputs() != outputs) {
            throw new CheckpointException(adapter.folder() + ": module " + module.name() + " takes " + module.inputs()
                    + " inputs to " + module.outputs() + " outputs, the model's takes " + inputs + " to " + outputs
                    + ": the adapter is for another model");
        }
    }
}
