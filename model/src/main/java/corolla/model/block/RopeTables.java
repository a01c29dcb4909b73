package corolla.model.block;

import corolla.model.family.RopeConfig;
import corolla.tensor.DType;
import corolla.tensor.RopeTable;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;

/**
 * Cosines and sines for as many positions as were asked for so far. Thread-safe. Owns its memory; a table given out stays
 * valid until this is closed.
 */
final class RopeTables implements AutoCloseable {
    private static final int POSITIONS_MIN = 256;

    private final RopeConfig config;
    private final Arena arena = Arena.ofShared();
    private RopeTable table; // guarded by this

    RopeTables(RopeConfig config) {
        this.config = config;
        this.table = compute(POSITIONS_MIN);
    }

    /** A table for positions {@code [0, positions)} at least. Grows by doubling, so that old tables take no more than the last. */
    synchronized RopeTable covering(int positions) {
        if (table.positions() < positions) {
            table = compute(Math.toIntExact(Math.max(positions, 2 * table.positions())));
        }
        return table;
    }

    @Override
    public void close() {
        arena.close();
    }

    /** Rounds frequencies and angles to f32 on the way, as the reference implementations do: at position 8,000 it shows. */
    private RopeTable compute(int positions) {
        double[] frequencies = config.frequencies();
        float amplitude = (float) config.scaling().amplitude();
        int pairs = frequencies.length;
        Tensor cosines = Tensor.allocate(arena, DType.F32, positions, pairs);
        Tensor sines = Tensor.allocate(arena, DType.F32, positions, pairs);
        for (int position = 0; position < positions; position++) {
            for (int pair = 0; pair < pairs; pair++) {
                float angle = position * (float) frequencies[pair];
                long index = (long) position * pairs + pair;
                cosines.setFloat(index, amplitude * (float) Math.cos(angle));
                sines.setFloat(index, amplitude * (float) Math.sin(angle));
            }
        }
        return new RopeTable(cosines, sines, config.pairing());
    }
}
