package corolla.kernels.cuda.driver;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * The graphs of a stream, those used last: a batch becomes one when it comes for the second time. Confined to its stream's holder; owns the graphs.
 */
final class GraphStore implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(GraphStore.class.getName());

    /** A graph of one kernel saves nothing. */
    private static final int LAUNCHES_MIN = 2;

    private final CudaDevice device;
    private final CudaDriver driver;
    private final BatchLimits limits;
    private final LinkedHashMap<LaunchBatch.Key, CudaGraph> graphs =
            new LinkedHashMap<>(16, 0.75f, true); // last used last
    private final LinkedHashSet<LaunchBatch.Key> seen = new LinkedHashSet<>(); // once; last seen last

    GraphStore(CudaDevice device, CudaDriver driver, BatchLimits limits) {
        this.device = device;
        this.driver = driver;
        this.limits = limits;
    }

    /** The graph of a batch; none when it comes for the first time, or when the device has no memory for a graph. */
    Optional<CudaGraph> find(LaunchBatch batch, LaunchMemory memory) {
        List<Launch> launches = batch.launches();
        if (launches.size() < LAUNCHES_MIN) {
            return Optional.empty();
        }
        LaunchBatch.Key key = batch.key();
        CudaGraph known = graphs.get(key);
        if (known != null) {
            return Optional.of(known);
        }
        if (seen.remove(key)) {
            return create(key, launches, memory);
        }
        seen.add(key);
        if (seen.size() > limits.seenMax()) {
            seen.removeFirst();
        }
        return Optional.empty();
    }

    private Optional<CudaGraph> create(LaunchBatch.Key key, List<Launch> launches, LaunchMemory memory) {
        CudaGraph created;
        try {
            created = CudaGraph.of(driver, launches, memory);
        } catch (CudaException e) {
            if (e.isFatal()) {
                throw e;
            }
            LOG.log(System.Logger.Level.DEBUG, "launches go without a graph count={0}", launches.size(), e);
            return Optional.empty();
        }
        graphs.put(key, created);
        if (graphs.size() > limits.graphsMax()) {
            destroy(graphs.pollFirstEntry().getValue());
        }
        return Optional.of(created);
    }

    /** Work that was given ends first: the driver sees to it ({@code cuda.h}, cuGraphExecDestroy). */
    private void destroy(CudaGraph graph) {
        device.release(graph::close);
    }

    @Override
    public void close() {
        graphs.values().forEach(this::destroy);
        graphs.clear();
        seen.clear();
    }
}
