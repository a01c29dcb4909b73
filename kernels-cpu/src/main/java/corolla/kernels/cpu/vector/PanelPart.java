package corolla.kernels.cpu.vector;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Quantised weights re-packed in panels of as many rows as a vector has lanes, so that a lane is a row, no sum over lanes is
 * ever needed, and the decoded numbers are exactly those of the checkpoint. A panel is read from its first byte to its last:
 * for each group of 32 columns it has vectors of L lanes,
 *
 * <ul>
 *   <li>one of scales, f32: f16 scales cost three times the decoding, f32 ones a fifth more memory;
 *   <li>for 4 bits, one of minimums, f32;
 *   <li>for 4 bits, four of ints with eight unsigned numbers each, the first column in the lowest bits;
 *   <li>for 8 bits, eight of ints with four signed numbers each, likewise.
 * </ul>
 */
public final class PanelPart implements DotPart {
    static final int GROUP = 32;

    private final DType dtype;
    private final long rows;
    private final int columns;
    private final MemorySegment panels;
    private final long panelBytes;

    private PanelPart(DType dtype, long rows, int columns, MemorySegment panels, long panelBytes) {
        this.dtype = dtype;
        this.rows = rows;
        this.columns = columns;
        this.panels = panels;
        this.panelBytes = panelBytes;
    }

    public static boolean supports(DType dtype) {
        return dtype == DType.Q8_0 || dtype == DType.Q4_0 || dtype == DType.Q4_1;
    }

    /** Re-packs {@code weights} into memory of {@code arena}; does not keep {@code weights}. */
    public static PanelPart pack(Arena arena, Tensor weights) {
        if (!supports(weights.dtype())) {
            throw new IllegalArgumentException("no panel kernel for " + weights);
        }
        int columns = Math.toIntExact(weights.columns());
        int groups = columns / GROUP;
        long panelBytes = weights.dtype() == DType.Q8_0 ? EightBitPanels.bytes(groups) : FourBitPanels.bytes(groups);
        long panelCount = (weights.rows() + Lanes.COUNT - 1) / Lanes.COUNT;
        MemorySegment panels = HugePages.allocate(arena, panelCount * panelBytes);
        for (long row = 0; row < weights.rows(); row++) {
            long panel = row / Lanes.COUNT * panelBytes;
            int lane = (int) (row % Lanes.COUNT);
            switch (weights.dtype()) {
                case Q8_0 -> EightBitPanels.pack(weights.data(), row * weights.rowBytes(), groups, panels, panel, lane);
                case Q4_0 ->
                    FourBitPanels.packZero(weights.data(), row * weights.rowBytes(), groups, panels, panel, lane);
                default -> FourBitPanels.packOne(weights.data(), row * weights.rowBytes(), groups, panels, panel, lane);
            }
        }
        return new PanelPart(weights.dtype(), weights.rows(), columns, panels, panelBytes);
    }

    private boolean hasEightBits() {
        return dtype == DType.Q8_0;
    }

    private long panel(long row) {
        return row / Lanes.COUNT * panelBytes;
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
        return dtype;
    }

    @Override
    public long bytes() {
        return panels.byteSize();
    }

    @Override
    public int tileRows() {
        return Lanes.COUNT;
    }

    @Override
    public int preparedSize() {
        return columns + columns / GROUP;
    }

    @Override
    public void prepare(MemorySegment x, long offset, float[] prepared, int at) {
        MemorySegment.copy(x, Tensor.FLOAT, offset, prepared, at, columns);
        if (hasEightBits()) {
            EightBitPanels.prepare(prepared, at, columns);
        } else {
            FourBitPanels.prepare(prepared, at, columns);
        }
    }

    @Override
    public void dot(long row, float[] prepared, int at, float[] sums, int to) {
        if (hasEightBits()) {
            EightBitPanels.dot(panels, panel(row), columns / GROUP, prepared, at, sums, to);
        } else {
            FourBitPanels.dot(panels, panel(row), columns / GROUP, prepared, at, sums, to);
        }
    }

    @Override
    public boolean decodesByRow() {
        return false;
    }

    @Override
    public void decode(long row, int from, int to, MemorySegment out, long offset, long stride) {
        if (hasEightBits()) {
            EightBitPanels.decode(panels, panel(row), from, to, out, offset, 4 * stride);
        } else {
            FourBitPanels.decode(panels, panel(row), from, to, out, offset, 4 * stride);
        }
    }

    @Override
    public void decodeRow(long row, float[] out) {
        int lane = (int) (row % Lanes.COUNT);
        if (hasEightBits()) {
            EightBitPanels.decodeLane(panels, panel(row), columns, lane, out);
        } else {
            FourBitPanels.decodeLane(panels, panel(row), columns, lane, out);
        }
    }
}
