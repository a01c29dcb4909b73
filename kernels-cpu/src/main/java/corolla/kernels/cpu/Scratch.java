package corolla.kernels.cpu;

import corolla.kernels.cpu.onednn.GrowingMemory;
import corolla.kernels.cpu.onednn.Products;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Working memory of one member for one operation: grows to what was needed and is kept. Confined to who took it. */
final class Scratch implements AutoCloseable {
    private final @Nullable Products products;
    private float[] prepared = new float[0];
    private float[] sums = new float[0];
    private final GrowingMemory tile = new GrowingMemory();
    private final Int8Scratch int8 = new Int8Scratch();
    private final GrowingMemory padding = new GrowingMemory();
    private final SplitScratch split = new SplitScratch();

    private final OutlierCounter outliers;

    Scratch(@Nullable Products products, OutlierCounter outliers) {
        this.products = products;
        this.outliers = outliers;
    }

    void countOutliers(long features, long found) {
        outliers.add(features, found);
    }

    /** oneDNN, or null where it does not run. */
    @Nullable
    Products products() {
        return products;
    }

    /** oneDNN where it multiplies bytes rightly. */
    @Nullable
    Products int8Products() {
        return products != null && products.multipliesBytes() ? products : null;
    }

    Int8Scratch int8() {
        return int8;
    }

    SplitScratch split() {
        return split;
    }

    float[] prepared(int size) {
        if (prepared.length < size) {
            prepared = new float[size];
        }
        return prepared;
    }

    float[] sums(int size) {
        if (sums.length < size) {
            sums = new float[size];
        }
        return sums;
    }

    /** Memory outside the heap with any contents. */
    MemorySegment tile(long floats) {
        return tile.atLeast(floats * Float.BYTES);
    }

    /** More such memory, for a lone row and what pads it. */
    MemorySegment padding(long floats) {
        return padding.atLeast(floats * Float.BYTES);
    }

    @Override
    public void close() {
        if (products != null) {
            products.close();
        }
        tile.close();
        int8.close();
        padding.close();
        split.close();
    }
}
