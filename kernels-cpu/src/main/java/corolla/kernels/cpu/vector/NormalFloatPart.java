package corolla.kernels.cpu.vector;

import corolla.tensor.DType;
import corolla.tensor.NormalFloat;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** NF4 weights re-packed in panels ({@link NormalFloatPanels}); scales stay doubly quantised. */
public final class NormalFloatPart implements DotPart {
    private final long rows;
    private final int columns;
    private final NormalFloatPanels panels;

    private NormalFloatPart(long rows, int columns, NormalFloatPanels panels) {
        this.rows = rows;
        this.columns = columns;
        this.panels = panels;
    }

    /** Re-packs {@code weights} into memory of {@code arena}; does not keep {@code weights}. */
    public static NormalFloatPart pack(Arena arena, Tensor weights) {
        int columns = Math.toIntExact(weights.columns());
        NormalFloatPanels panels = NormalFloatPanels.allocate(arena, weights.rows(), columns);
        for (long row = 0; row < weights.rows(); row++) {
            panels.pack(weights.data(), row * weights.rowBytes(), row);
        }
        return new NormalFloatPart(weights.rows(), columns, panels);
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public DType dtype() {
        return DType.NF4;
    }

    @Override
    public long bytes() {
        return panels.bytes();
    }

    @Override
    public int tileRows() {
        return Lanes.COUNT;
    }

    /** Whole blocks of activations, then a vector of scales for each block. */
    @Override
    public int preparedSize() {
        return NormalFloat.blocks(columns) * (NormalFloat.BLOCK + Lanes.COUNT);
    }

    @Override
    public void prepare(MemorySegment x, long offset, float[] prepared, int at) {
        MemorySegment.copy(x, Tensor.FLOAT, offset, prepared, at, columns);
        int end = NormalFloat.blocks(columns) * NormalFloat.BLOCK;
        for (int k = columns; k < end; k++) {
            prepared[at + k] = 0;
        }
    }

    @Override
    public int runs() {
        return 1;
    }

    @Override
    public void dot(long row, long run, float[] prepared, int at, float[] sums, int to, int sumsRun) {
        panels.dot(row, prepared, at, sums, to);
    }

    @Override
    public boolean decodesByRow() {
        return false;
    }

    @Override
    public void decode(long row, int from, int to, MemorySegment out, long offset, long stride, float[] scratch) {
        panels.decode(row, from, to, out, offset, 4 * stride);
    }

    @Override
    public void decodeRow(long row, float[] out) {
        panels.decodeRow(row, out);
    }
}
