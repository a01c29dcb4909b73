package corolla.kernels.cpu;

import corolla.tensor.quant.OutlierShare;
import java.util.concurrent.atomic.LongAdder;

/** Counts what went past int8. Thread-safe. */
final class OutlierCounter {
    private final LongAdder features = new LongAdder();
    private final LongAdder outliers = new LongAdder();

    void add(long seen, long found) {
        features.add(seen);
        outliers.add(found);
    }

    OutlierShare share() {
        return new OutlierShare(features.sum(), outliers.sum());
    }
}
