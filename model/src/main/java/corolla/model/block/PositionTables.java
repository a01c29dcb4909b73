package corolla.model.block;

import corolla.model.family.AlibiConfig;
import corolla.model.family.AttentionConfig;
import corolla.model.family.RopeConfig;
import corolla.tensor.RopeTable;
import corolla.tensor.Tensor;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Tables of positions that the blocks of a stack share: one for each kind of positions. Thread-safe. Owns its memory. */
final class PositionTables implements AutoCloseable {
    private final Map<RopeConfig, RopeTables> ropes = new ConcurrentHashMap<>();
    private final Map<AttentionConfig, AlibiTables> biases = new ConcurrentHashMap<>();

    RopeTable rope(RopeConfig rope, int positions) {
        return ropes.computeIfAbsent(rope, RopeTables::new).covering(positions);
    }

    /** (heads, positions or more). */
    Tensor biases(AttentionConfig attention, AlibiConfig alibi, int positions) {
        return biases.computeIfAbsent(attention, heads -> new AlibiTables(heads, alibi))
                .covering(positions);
    }

    @Override
    public void close() {
        ropes.values().forEach(RopeTables::close);
        biases.values().forEach(AlibiTables::close);
    }
}
