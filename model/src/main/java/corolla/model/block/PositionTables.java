package corolla.model.block;

import corolla.model.family.AlibiConfig;
import corolla.model.family.AttentionConfig;
import corolla.model.family.RopeConfig;
import corolla.tensor.KernelMemory;
import corolla.tensor.RopeTable;
import corolla.tensor.Tensor;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Tables of positions that the blocks of a stack share: one for each kind of positions. Thread-safe. Owns its memory, which is the kernels'. */
final class PositionTables implements AutoCloseable {
    private final KernelMemory memory;
    private final Map<RopeConfig, RopeTables> ropes = new ConcurrentHashMap<>();
    private final Map<AttentionConfig, AlibiTables> biases = new ConcurrentHashMap<>();

    PositionTables(KernelMemory memory) {
        this.memory = memory;
    }

    RopeTable rope(RopeConfig rope, int positions) {
        return ropes.computeIfAbsent(rope, kind -> new RopeTables(memory, kind)).covering(positions);
    }

    /** (heads, positions or more). */
    Tensor biases(AttentionConfig attention, AlibiConfig alibi, int positions) {
        return biases.computeIfAbsent(attention, heads -> new AlibiTables(memory, heads, alibi))
                .covering(positions);
    }

    @Override
    public void close() {
        ropes.values().forEach(RopeTables::close);
        biases.values().forEach(AlibiTables::close);
    }
}
