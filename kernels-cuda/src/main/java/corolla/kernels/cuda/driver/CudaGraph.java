package corolla.kernels.cuda.driver;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Launches that the driver knows as one piece of work: a chain of nodes, a kernel each. Confined to its stream's holder; the owner closes it
 * when none of its work is left.
 */
final class CudaGraph implements AutoCloseable {
    private final CudaDriver driver;
    private final MemorySegment graph; // its nodes are named in updates, so it stays
    private final MemorySegment executable;
    private final List<MemorySegment> nodes;
    private final List<Launch> launches; // as the nodes have them

    private CudaGraph(
            CudaDriver driver,
            MemorySegment graph,
            MemorySegment executable,
            List<MemorySegment> nodes,
            List<Launch> launches) {
        this.driver = driver;
        this.graph = graph;
        this.executable = executable;
        this.nodes = nodes;
        this.launches = new ArrayList<>(launches);
    }

    /** @throws CudaException when there is not enough memory for it; then nothing is left of it */
    static CudaGraph of(CudaDriver driver, List<Launch> launches, LaunchMemory memory) {
        MemorySegment graph = driver.createGraph();
        try {
            List<MemorySegment> nodes = new ArrayList<>(launches.size());
            MemorySegment before = MemorySegment.NULL;
            for (Launch launch : launches) {
                before = driver.addKernelNode(graph, before, memory.node(launch), launch.function());
                nodes.add(before);
            }
            return new CudaGraph(driver, graph, driver.instantiate(graph), nodes, launches);
        } catch (RuntimeException | Error failed) {
            driver.destroyGraph(graph);
            throw failed;
        }
    }

    /** Runs it with the arguments of these launches of its kernels. What was given before keeps its own. */
    void launch(List<Launch> wanted, MemorySegment stream, LaunchMemory memory) {
        for (int i = 0; i < wanted.size(); i++) {
            Launch launch = wanted.get(i);
            if (!launch.equalsIn(launches.get(i))) {
                driver.updateNode(executable, nodes.get(i), memory.node(launch), launch.function());
                launches.set(i, launch);
            }
        }
        driver.launchGraph(executable, stream, wanted.size(), wanted.getLast().function());
    }

    @Override
    public void close() {
        driver.destroyExecutable(executable);
        driver.destroyGraph(graph);
    }
}
