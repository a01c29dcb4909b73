package corolla.kernels.cuda.cublas;

import corolla.kernels.cuda.cublas.CublasLt.Launch;
import corolla.kernels.cuda.driver.CudaDevice;
import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.kernels.cuda.driver.DeviceMemory;
import corolla.tensor.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Products of matrices by cuBLASLt, for one stream of one device. Algorithms are chosen by the library's heuristic when a shape first comes and kept, the
 * least recently used of too many forgotten. Confined to the holder of the device's lock; owns its handle and workspace, and is closed after the stream's work.
 */
public final class CublasProducts implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(CublasProducts.class.getName());

    /** What NVIDIA recommends for its largest devices; some of the fastest algorithms sum parts of long sums there. */
    static final long WORKSPACE_BYTES = 32L << 20;

    /** Some kilobytes each; a model has about ten shapes of weights, prompts have hundreds of lengths. */
    static final int ALGORITHMS_MAX = 1024;

    private final CublasLt library;
    private final CudaDevice device;
    private final Arena arena;
    private final DeviceMemory workspace;
    private final MemorySegment handle;
    private final Scalars floats;
    private final Scalars integers;
    private final Map<Product.Key, Optional<Algorithm>> algorithms = new LinkedHashMap<>(16, 0.75f, true);
    private boolean hasToldOfRefusal;

    /** Factors in the host's memory, of the type in which the library scales. */
    private record Scalars(MemorySegment one, MemorySegment zero) {}

    @SuppressWarnings("MustBeClosedChecker") // owns the arena
    private CublasProducts(CublasLt library, CudaDevice device) {
        this.library = library;
        this.device = device;
        this.arena = Arena.ofShared();
        try {
            this.workspace = device.allocate(arena, WORKSPACE_BYTES);
            device.enter();
            this.handle = library.create();
        } catch (RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
        this.floats = new Scalars(
                arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1), arena.allocateFrom(ValueLayout.JAVA_FLOAT, 0));
        this.integers =
                new Scalars(arena.allocateFrom(ValueLayout.JAVA_INT, 1), arena.allocateFrom(ValueLayout.JAVA_INT, 0));
    }

    /**
     * Opens cuBLASLt on a device, where there is one.
     *
     * @throws CublasException when it does not start
     * @throws IllegalArgumentException when it is not the library that we know
     */
    public static Optional<CublasProducts> open(CudaLibraries libraries, CudaDevice device) {
        return CublasLt.open(libraries).map(library -> new CublasProducts(library, device));
    }

    /** {@code cuBLASLt 12.6.4}. */
    public String description() {
        return "cuBLASLt " + library.version();
    }

    /** Whether the library has an algorithm for such a product. Tells, once, when it has none. */
    public boolean multiplies(Product product) {
        return algorithm(product).isPresent();
    }

    /**
     * Gives a product that it {@link #multiplies} to a stream.
     *
     * @throws CublasException when the library does not take it; if it refused what it had promised, it is not asked again
     */
    public void multiply(Product product, MemorySegment stream) {
        Algorithm algorithm = algorithm(product)
                .orElseThrow(() -> new IllegalStateException("cuBLASLt has no algorithm for " + product.shape()));
        Scalars scalars = switch (product.shape().numbers()) {
            case BF16_TO_F32 -> floats;
            case INT8_TO_INT32 -> integers;
        };
        MemorySegment beta = product.add() ? scalars.one : scalars.zero;
        device.enter();
        try {
            library.multiply(
                    new Launch(handle, algorithm.result(), scalars.one, beta, workspace, stream),
                    algorithm.descriptors(),
                    product);
        } catch (CublasException e) {
            if (CublasException.isRefusal(e.status())) {
                algorithm.close();
                algorithms.put(product.key(), Optional.empty());
            }
            throw e;
        }
    }

    private Optional<Algorithm> algorithm(Product product) {
        Product.Key key = product.key();
        Optional<Algorithm> known = algorithms.get(key);
        if (known != null) {
            return known;
        }
        device.enter();
        Optional<Algorithm> found = Algorithm.find(library, handle, key, WORKSPACE_BYTES);
        if (found.isEmpty() && !hasToldOfRefusal) {
            hasToldOfRefusal = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cuBLASLt has no algorithm for a shape, own kernels take over (told once) shape={0}",
                    key);
        }
        if (algorithms.size() == ALGORITHMS_MAX) {
            Iterator<Optional<Algorithm>> leastRecentlyUsed =
                    algorithms.values().iterator();
            leastRecentlyUsed.next().ifPresent(Algorithm::close);
            leastRecentlyUsed.remove();
        }
        algorithms.put(key, found);
        return found;
    }

    /** How many shapes are known. */
    int known() {
        return algorithms.size();
    }

    @Override
    public void close() {
        algorithms.values().forEach(found -> found.ifPresent(Algorithm::close));
        algorithms.clear();
        try {
            device.enter();
            library.destroy(handle);
        } catch (DeviceException e) {
            // On a lost device nothing can be destroyed; whoever waited for its work has been told.
            if (!e.isFatal()) {
                throw e;
            }
        } finally {
            arena.close();
        }
    }
}
