package corolla.kernels.cpu.vector;

import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Panels of a type whose rows are groups of columns, each with all that belongs to it. */
interface GroupedPanels extends PanelFormat {

    @Override
    default void pack(Tensor weights, long row, MemorySegment panels, long heads, long numbers) {
        long groups = weights.columns() / weights.dtype().elementsPerGroup();
        for (int group = 0; group < groups; group++) {
            long at = row * weights.rowBytes() + (long) group * weights.dtype().bytesPerGroup();
            pack(weights.data(), at, group, panels, heads, numbers);
        }
    }

    /**
     * Packs one group of the type, number {@code group} of a row.
     *
     * @param heads where the panel's heads begin, for the lane
     * @param numbers where its numbers begin, for the lane
     */
    void pack(MemorySegment data, long at, int group, MemorySegment panels, long heads, long numbers);
}
