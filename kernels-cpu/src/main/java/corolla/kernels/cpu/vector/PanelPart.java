package corolla.kernels.cpu.vector;

import corolla.kernels.cpu.machine.PanelProduct;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Quantised weights re-packed in panels of as many rows as a vector has lanes, so that a lane is a row, no sum over lanes is
 * ever needed, and the decoded numbers are exactly those of the checkpoint. A panel is read from its first byte to its last; what
 * it is made of says its {@link PanelFormat}. Scales stay as wide as they were stored, so panels are
 * at most a twentieth larger than the checkpoint; what remains of the last unit's head and of the last panel is zeros.
 */
public final class PanelPart implements DotPart {
    /** Weights that a call of machine code reads: some tens of microseconds. */
    private static final long CALL_BYTES = 1 << 20;

    private final DType dtype;
    private final PanelFormat format;
    private final long rows;
    private final int columns;
    private final int units; // whose heads a panel has
    private final int groups; // whose numbers a panel has
    private final long panelBytes;
    private final MemorySegment panels;
    private final @Nullable PanelProduct product;

    private PanelPart(Arena arena, Tensor weights, PanelFormat format) {
        this.dtype = weights.dtype();
        this.format = format;
        this.product = format.product();
        this.rows = weights.rows();
        this.columns = Math.toIntExact(weights.columns());
        this.units = (columns + format.unitColumns() - 1) / format.unitColumns();
        this.groups = (columns + PanelNumbers.GROUP - 1) / PanelNumbers.GROUP;
        int vectors = units * format.headVectors() + groups * format.numbers().vectors();
        this.panelBytes = (long) vectors * Lanes.BYTES;
        long panelCount = (rows + Lanes.COUNT - 1) / Lanes.COUNT;
        this.panels = HugePages.allocate(arena, panelCount * panelBytes);
    }

    public static boolean supports(DType dtype) {
        return PanelFormat.of(dtype).isPresent();
    }

    /** Whether panels are multiplied by machine code on this machine. */
    public static boolean isMachineCodeHere() {
        return new FourBitPanels().product() != null;
    }

    @Override
    public boolean isMachineCode() {
        return product != null;
    }

    /** Re-packs {@code weights} into memory of {@code arena}; does not keep {@code weights}. */
    public static PanelPart pack(Arena arena, Tensor weights) {
        PanelFormat format = PanelFormat.of(weights.dtype())
                .orElseThrow(() -> new IllegalArgumentException("no panel kernel for " + weights));
        PanelPart part = new PanelPart(arena, weights, format);
        for (long row = 0; row < weights.rows(); row++) {
            long panel = part.panel(row);
            long lane = row % Lanes.COUNT * Float.BYTES;
            format.pack(weights, row, part.panels, panel + lane, part.numbers(panel) + lane);
        }
        return part;
    }

    private long panel(long row) {
        return row / Lanes.COUNT * panelBytes;
    }

    /** Where the numbers of a panel begin. */
    private long numbers(long panel) {
        return panel + (long) units * format.headVectors() * Lanes.BYTES;
    }

    private int paddedColumns() {
        return groups * PanelNumbers.GROUP;
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

    /** Activations, their sums, and room for the heads of the panel that is multiplied. */
    @Override
    public int preparedSize() {
        return headsAt() + (1 + scales()) * Lanes.COUNT;
    }

    private int headsAt() {
        return paddedColumns() + scales();
    }

    private int scales() {
        return units * format.unitColumns() / format.sumColumns();
    }

    @Override
    public void prepare(MemorySegment x, long offset, float[] prepared, int at) {
        MemorySegment.copy(x, Tensor.FLOAT, offset, prepared, at, columns);
        Arrays.fill(prepared, at + columns, at + headsAt(), 0);
        format.prepare(prepared, at, paddedColumns());
    }

    /** The prefetcher follows a single stream in huge pages, and there is enough to compute meanwhile. */
    @Override
    public int runs() {
        return 1;
    }

    @Override
    public void dot(long row, long run, float[] prepared, int at, float[] sums, int to, int sumsRun) {
        long panel = panel(row);
        int heads = at + headsAt();
        format.heads(panels, panel, units, prepared, at + paddedColumns(), prepared, heads);
        format.numbers().dot(panels, numbers(panel), groups, prepared, at, heads, sums, to);
    }

    /** Numbers are decoded once for up to four rows of activations; for more, four after four, they are in the cache. */
    @Override
    public void dots(long row, int from, int to, long run, Activations x) {
        if (product == null) {
            DotPart.super.dots(row, from, to, run, x);
            return;
        }
        boolean stream = x.count() <= PanelProduct.ROWS_MAX;
        int some = stream ? (int) Math.max(1, CALL_BYTES / panelBytes) * Lanes.COUNT : Lanes.COUNT;
        for (int i = from; i < to; i += some) {
            int count = (Math.min(some, to - i) + Lanes.COUNT - 1) / Lanes.COUNT;
            MemorySegment first = panels.asSlice(panel(row + i), count * panelBytes);
            for (int j = 0; j < x.count(); j += PanelProduct.ROWS_MAX) {
                int rows = Math.min(PanelProduct.ROWS_MAX, x.count() - j);
                product.multiply(
                        first,
                        count,
                        units,
                        groups,
                        new PanelProduct.Rows(x.prepared(), j * x.size(), x.size(), rows),
                        x.sums(),
                        j * x.sumsSize() + i,
                        x.sumsSize());
            }
        }
    }

    @Override
    public boolean decodesByRow() {
        return false;
    }

    @Override
    public void decode(long row, int from, int to, MemorySegment out, long offset, long stride, float[] scratch) {
        long panel = panel(row);
        int run = format.sumColumns();
        format.scales(panels, panel, from / run, (to + run - 1) / run, scratch);
        long bytes = Float.BYTES * stride;
        format.numbers().decode(panels, numbers(panel), from, to, format.shift(), scratch, out, offset, bytes);
    }

    @Override
    public int decodeSize() {
        return 2 * scales() * Lanes.COUNT;
    }

    @Override
    public void decodeRow(long row, float[] out) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment tile = arena.allocate((long) columns * Lanes.BYTES, Tensor.ALIGNMENT);
            decode(row / Lanes.COUNT * Lanes.COUNT, 0, columns, tile, 0, Lanes.COUNT, new float[decodeSize()]);
            for (int k = 0; k < columns; k++) {
                out[k] = tile.getAtIndex(Tensor.FLOAT, (long) k * Lanes.COUNT + row % Lanes.COUNT);
            }
        }
    }
}
