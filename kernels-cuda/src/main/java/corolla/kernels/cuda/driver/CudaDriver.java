package corolla.kernels.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The functions of {@code libcuda.so.1} that Corolla calls. Calls that need a context use the calling thread's, which {@link #setCurrent}
 * sets. Thread-safe, as the driver is.
 */
@SuppressWarnings("restricted") // native access is what this class is for
public final class CudaDriver {
    /** CU_MEM_ATTACH_GLOBAL. */
    static final int ATTACH_GLOBAL = 1;

    private static final int NAME_BYTES_MAX = 256;

    private final Map<String, FunctionDescriptor> bound = new TreeMap<>(); // complete once this is made

    private final MethodHandle getErrorName;
    private final MethodHandle getErrorString;
    private final MethodHandle driverGetVersion;
    private final MethodHandle deviceGetCount;
    private final MethodHandle deviceGet;
    private final MethodHandle deviceGetName;
    private final MethodHandle deviceGetAttribute;
    private final MethodHandle deviceTotalMem;
    private final MethodHandle primaryCtxRetain;
    private final MethodHandle primaryCtxRelease;
    private final MethodHandle ctxSetCurrent;
    private final MethodHandle memGetInfo;
    private final MethodHandle memAlloc;
    private final MethodHandle memAllocManaged;
    private final MethodHandle memFree;
    private final MethodHandle memAllocAsync;
    private final MethodHandle memFreeAsync;
    private final MethodHandle deviceGetDefaultMemPool;
    private final MethodHandle memPoolSetAttribute;
    private final MethodHandle memPoolGetAttribute;
    private final MethodHandle memPoolTrimTo;
    private final MethodHandle memAllocHost;
    private final MethodHandle memFreeHost;
    private final MethodHandle memcpyToDevice;
    private final MethodHandle memcpyToHost;
    private final MethodHandle memcpyOnDevice;
    private final MethodHandle memset;
    private final MethodHandle streamCreate;
    private final MethodHandle streamDestroy;
    private final MethodHandle streamSynchronize;
    private final MethodHandle eventCreate;
    private final MethodHandle eventDestroy;
    private final MethodHandle eventRecord;
    private final MethodHandle eventSynchronize;
    private final MethodHandle moduleLoadData;
    private final MethodHandle moduleUnload;
    private final MethodHandle moduleGetFunction;
    private final MethodHandle launchKernel;
    private final MethodHandle graphCreate;
    private final MethodHandle graphDestroy;
    private final MethodHandle graphAddKernelNode;
    private final MethodHandle graphInstantiate;
    private final MethodHandle graphExecUpdateKernelNode;
    private final MethodHandle graphLaunch;
    private final MethodHandle graphExecDestroy;

    private CudaDriver(SymbolLookup library) {
        getErrorName = handle(library, "GetErrorName", JAVA_INT, ADDRESS);
        getErrorString = handle(library, "GetErrorString", JAVA_INT, ADDRESS);
        driverGetVersion = handle(library, "DriverGetVersion", ADDRESS);
        deviceGetCount = handle(library, "DeviceGetCount", ADDRESS);
        deviceGet = handle(library, "DeviceGet", ADDRESS, JAVA_INT);
        deviceGetName = handle(library, "DeviceGetName", ADDRESS, JAVA_INT, JAVA_INT);
        deviceGetAttribute = handle(library, "DeviceGetAttribute", ADDRESS, JAVA_INT, JAVA_INT);
        deviceTotalMem = handle(library, "DeviceTotalMem_v2", ADDRESS, JAVA_INT);
        primaryCtxRetain = handle(library, "DevicePrimaryCtxRetain", ADDRESS, JAVA_INT);
        primaryCtxRelease = handle(library, "DevicePrimaryCtxRelease_v2", JAVA_INT);
        ctxSetCurrent = handle(library, "CtxSetCurrent", ADDRESS);
        memGetInfo = handle(library, "MemGetInfo_v2", ADDRESS, ADDRESS);
        memAlloc = handle(library, "MemAlloc_v2", ADDRESS, JAVA_LONG);
        memAllocManaged = handle(library, "MemAllocManaged", ADDRESS, JAVA_LONG, JAVA_INT);
        memFree = handle(library, "MemFree_v2", JAVA_LONG);
        memAllocAsync = handle(library, "MemAllocAsync", ADDRESS, JAVA_LONG, ADDRESS);
        memFreeAsync = handle(library, "MemFreeAsync", JAVA_LONG, ADDRESS);
        deviceGetDefaultMemPool = handle(library, "DeviceGetDefaultMemPool", ADDRESS, JAVA_INT);
        memPoolSetAttribute = handle(library, "MemPoolSetAttribute", ADDRESS, JAVA_INT, ADDRESS);
        memPoolGetAttribute = handle(library, "MemPoolGetAttribute", ADDRESS, JAVA_INT, ADDRESS);
        memPoolTrimTo = handle(library, "MemPoolTrimTo", ADDRESS, JAVA_LONG);
        memAllocHost = handle(library, "MemAllocHost_v2", ADDRESS, JAVA_LONG);
        memFreeHost = handle(library, "MemFreeHost", ADDRESS);
        memcpyToDevice = handle(library, "MemcpyHtoDAsync_v2", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        memcpyToHost = handle(library, "MemcpyDtoHAsync_v2", ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS);
        memcpyOnDevice = handle(library, "MemcpyDtoDAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS);
        memset = handle(library, "MemsetD8Async", JAVA_LONG, JAVA_BYTE, JAVA_LONG, ADDRESS);
        streamCreate = handle(library, "StreamCreate", ADDRESS, JAVA_INT);
        streamDestroy = handle(library, "StreamDestroy_v2", ADDRESS);
        streamSynchronize = handle(library, "StreamSynchronize", ADDRESS);
        eventCreate = handle(library, "EventCreate", ADDRESS, JAVA_INT);
        eventDestroy = handle(library, "EventDestroy_v2", ADDRESS);
        eventRecord = handle(library, "EventRecord", ADDRESS, ADDRESS);
        eventSynchronize = handle(library, "EventSynchronize", ADDRESS);
        moduleLoadData = handle(library, "ModuleLoadData", ADDRESS, ADDRESS);
        moduleUnload = handle(library, "ModuleUnload", ADDRESS);
        moduleGetFunction = handle(library, "ModuleGetFunction", ADDRESS, ADDRESS, ADDRESS);
        launchKernel = handle(
                library,
                "LaunchKernel",
                ADDRESS,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                ADDRESS,
                ADDRESS,
                ADDRESS);
        graphCreate = handle(library, "GraphCreate", ADDRESS, JAVA_INT);
        graphDestroy = handle(library, "GraphDestroy", ADDRESS);
        graphAddKernelNode = handle(library, "GraphAddKernelNode_v2", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
        graphInstantiate = handle(library, "GraphInstantiateWithFlags", ADDRESS, ADDRESS, JAVA_LONG);
        graphExecUpdateKernelNode = handle(library, "GraphExecKernelNodeSetParams_v2", ADDRESS, ADDRESS, ADDRESS);
        graphLaunch = handle(library, "GraphLaunch", ADDRESS, ADDRESS);
        graphExecDestroy = handle(library, "GraphExecDestroy", ADDRESS);
        MethodHandle init = handle(library, "Init", JAVA_INT);
        call(() -> "cuInit", () -> (int) init.invokeExact(0));
    }

    /**
     * Opens the driver, where there is one.
     *
     * @throws CudaException when it does not start: it is older than CUDA 12, or there is no device
     */
    public static Optional<CudaDriver> open(CudaLibraries libraries) {
        return libraries.open("libcuda.so.1").map(CudaDriver::new);
    }

    private MethodHandle handle(SymbolLookup library, String name, MemoryLayout... arguments) {
        MemorySegment function = library.find("cu" + name)
                .orElseThrow(() -> new IllegalArgumentException("libcuda.so.1 has no function cu" + name));
        FunctionDescriptor descriptor = FunctionDescriptor.of(JAVA_INT, arguments);
        bound.put("cu" + name, descriptor);
        return Linker.nativeLinker().downcallHandle(function, descriptor);
    }

    /** All functions that are called, by their names in the library. */
    Map<String, FunctionDescriptor> functions() {
        return Collections.unmodifiableMap(bound);
    }

    /** A native call; only wrappers of method handles throw. */
    private interface Call {
        int run() throws Throwable;
    }

    private interface CreateCall {
        int run(MemorySegment out) throws Throwable;
    }

    private void call(Supplier<String> tried, Call call) {
        int status;
        try {
            status = call.run();
        } catch (Throwable e) {
            throw new CudaException(tried.get(), e);
        }
        if (status != 0) {
            throw new CudaException(tried.get(), status, text(getErrorName, status), text(getErrorString, status));
        }
    }

    private static String text(MethodHandle getter, int status) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            int found = (int) getter.invokeExact(status, out);
            return found == 0 ? out.get(ADDRESS, 0).reinterpret(NAME_BYTES_MAX).getString(0) : "error " + status;
        } catch (Throwable e) {
            throw new CudaException("cuGetErrorName", e);
        }
    }

    /** What a function returns through its first argument, as a pointer. */
    private MemorySegment created(Supplier<String> tried, CreateCall create) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            call(tried, () -> create.run(out));
            return out.get(ADDRESS, 0);
        }
    }

    /** The same as a 64-bit number. */
    private long number(Supplier<String> tried, CreateCall create) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            call(tried, () -> create.run(out));
            return out.get(JAVA_LONG, 0);
        }
    }

    /** The same as a 32-bit number. */
    private int integer(Supplier<String> tried, CreateCall create) {
        return (int) number(tried, create);
    }

    /** The newest CUDA that the driver knows, 12060 for 12.6. */
    public int version() {
        return integer(() -> "cuDriverGetVersion", out -> (int) driverGetVersion.invokeExact(out));
    }

    /** How many devices this process may see. */
    public int deviceCount() {
        return integer(() -> "cuDeviceGetCount", out -> (int) deviceGetCount.invokeExact(out));
    }

    int device(int ordinal) {
        return integer(() -> "cuDeviceGet of device " + ordinal, out -> (int) deviceGet.invokeExact(out, ordinal));
    }

    /** What NVIDIA calls the device. */
    public String deviceName(int ordinal) {
        return nameOf(device(ordinal));
    }

    String nameOf(int device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(NAME_BYTES_MAX);
            call(() -> "cuDeviceGetName", () -> (int) deviceGetName.invokeExact(name, NAME_BYTES_MAX, device));
            return name.getString(0);
        }
    }

    int attribute(int device, int attribute) {
        return integer(() -> "cuDeviceGetAttribute " + attribute, out ->
                (int) deviceGetAttribute.invokeExact(out, attribute, device));
    }

    long bytesTotal(int device) {
        return number(() -> "cuDeviceTotalMem", out -> (int) deviceTotalMem.invokeExact(out, device));
    }

    MemorySegment retain(int device) {
        return created(() -> "cuDevicePrimaryCtxRetain", out -> (int) primaryCtxRetain.invokeExact(out, device));
    }

    void release(int device) {
        call(() -> "cuDevicePrimaryCtxRelease", () -> (int) primaryCtxRelease.invokeExact(device));
    }

    void setCurrent(MemorySegment context) {
        call(() -> "cuCtxSetCurrent", () -> (int) ctxSetCurrent.invokeExact(context));
    }

    long bytesFree() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment total = arena.allocate(JAVA_LONG);
            return number(() -> "cuMemGetInfo", out -> (int) memGetInfo.invokeExact(out, total));
        }
    }

    long allocate(long bytes) {
        return number(() -> "cuMemAlloc of " + bytes + " bytes", out -> (int) memAlloc.invokeExact(out, bytes));
    }

    long allocateManaged(long bytes) {
        return number(() -> "cuMemAllocManaged of " + bytes + " bytes", out ->
                (int) memAllocManaged.invokeExact(out, bytes, ATTACH_GLOBAL));
    }

    void free(long address) {
        call(() -> "cuMemFree", () -> (int) memFree.invokeExact(address));
    }

    /** In the order of a stream's work. */
    long allocateInOrder(long bytes, MemorySegment stream) {
        return number(() -> "cuMemAllocAsync of " + bytes + " bytes", out ->
                (int) memAllocAsync.invokeExact(out, bytes, stream));
    }

    void freeInOrder(long address, MemorySegment stream) {
        call(() -> "cuMemFreeAsync", () -> (int) memFreeAsync.invokeExact(address, stream));
    }

    MemorySegment defaultPool(int device) {
        return created(
                () -> "cuDeviceGetDefaultMemPool", out -> (int) deviceGetDefaultMemPool.invokeExact(out, device));
    }

    /** Sets a pool's attribute of 64 bits. */
    void setPoolAttribute(MemorySegment pool, int attribute, long value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocateFrom(JAVA_LONG, value);
            call(() -> "cuMemPoolSetAttribute " + attribute, () ->
                    (int) memPoolSetAttribute.invokeExact(pool, attribute, in));
        }
    }

    long poolAttribute(MemorySegment pool, int attribute) {
        return number(() -> "cuMemPoolGetAttribute " + attribute, out ->
                (int) memPoolGetAttribute.invokeExact(pool, attribute, out));
    }

    /** Gives back what a pool holds and nobody uses, as far as it can. */
    void trimPool(MemorySegment pool) {
        call(() -> "cuMemPoolTrimTo", () -> (int) memPoolTrimTo.invokeExact(pool, 0L));
    }

    MemorySegment allocatePinned(long bytes) {
        return created(
                () -> "cuMemAllocHost of " + bytes + " bytes", out -> (int) memAllocHost.invokeExact(out, bytes));
    }

    void freePinned(MemorySegment memory) {
        call(() -> "cuMemFreeHost", () -> (int) memFreeHost.invokeExact(memory));
    }

    void copyToDevice(long to, MemorySegment from, long bytes, MemorySegment stream) {
        call(() -> "cuMemcpyHtoDAsync of " + bytes + " bytes", () ->
                (int) memcpyToDevice.invokeExact(to, from, bytes, stream));
    }

    void copyToHost(MemorySegment to, long from, long bytes, MemorySegment stream) {
        call(() -> "cuMemcpyDtoHAsync of " + bytes + " bytes", () ->
                (int) memcpyToHost.invokeExact(to, from, bytes, stream));
    }

    void copyOnDevice(long to, long from, long bytes, MemorySegment stream) {
        call(() -> "cuMemcpyDtoDAsync of " + bytes + " bytes", () ->
                (int) memcpyOnDevice.invokeExact(to, from, bytes, stream));
    }

    void fill(long at, byte value, long bytes, MemorySegment stream) {
        call(() -> "cuMemsetD8Async of " + bytes + " bytes", () -> (int) memset.invokeExact(at, value, bytes, stream));
    }

    MemorySegment createStream(int flags) {
        return created(() -> "cuStreamCreate", out -> (int) streamCreate.invokeExact(out, flags));
    }

    void destroyStream(MemorySegment stream) {
        call(() -> "cuStreamDestroy", () -> (int) streamDestroy.invokeExact(stream));
    }

    void synchronize(MemorySegment stream, Supplier<String> what) {
        call(what, () -> (int) streamSynchronize.invokeExact(stream));
    }

    MemorySegment createEvent(int flags) {
        return created(() -> "cuEventCreate", out -> (int) eventCreate.invokeExact(out, flags));
    }

    void destroyEvent(MemorySegment event) {
        call(() -> "cuEventDestroy", () -> (int) eventDestroy.invokeExact(event));
    }

    void recordEvent(MemorySegment event, MemorySegment stream) {
        call(() -> "cuEventRecord", () -> (int) eventRecord.invokeExact(event, stream));
    }

    void synchronizeEvent(MemorySegment event, Supplier<String> what) {
        call(what, () -> (int) eventSynchronize.invokeExact(event));
    }

    MemorySegment loadModule(MemorySegment image, String name) {
        return created(() -> "cuModuleLoadData of " + name, out -> (int) moduleLoadData.invokeExact(out, image));
    }

    void unloadModule(MemorySegment module) {
        call(() -> "cuModuleUnload", () -> (int) moduleUnload.invokeExact(module));
    }

    MemorySegment function(MemorySegment module, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(name);
            return created(() -> "cuModuleGetFunction of " + name, out ->
                    (int) moduleGetFunction.invokeExact(out, module, text));
        }
    }

    void launch(CudaFunction function, Grid grid, MemorySegment stream, MemorySegment arguments) {
        call(() -> "cuLaunchKernel of " + function.name() + " on " + grid, () -> (int) launchKernel.invokeExact(
                function.handle(),
                grid.x(),
                grid.y(),
                grid.z(),
                grid.threads(),
                1,
                1,
                0,
                stream,
                arguments,
                MemorySegment.NULL));
    }

    MemorySegment createGraph() {
        return created(() -> "cuGraphCreate", out -> (int) graphCreate.invokeExact(out, 0));
    }

    void destroyGraph(MemorySegment graph) {
        call(() -> "cuGraphDestroy", () -> (int) graphDestroy.invokeExact(graph));
    }

    /**
     * A node that runs a kernel.
     *
     * @param before the node that it comes after, or NULL
     * @param node as {@link LaunchMemory#NODE} has it
     */
    MemorySegment addKernelNode(MemorySegment graph, MemorySegment before, MemorySegment node, CudaFunction function) {
        boolean first = before.equals(MemorySegment.NULL);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment dependencies = first ? MemorySegment.NULL : arena.allocateFrom(ADDRESS, before);
            return created(() -> "cuGraphAddKernelNode of " + function.name(), out ->
                    (int) graphAddKernelNode.invokeExact(out, graph, dependencies, first ? 0L : 1L, node));
        }
    }

    MemorySegment instantiate(MemorySegment graph) {
        return created(() -> "cuGraphInstantiate", out -> (int) graphInstantiate.invokeExact(out, graph, 0L));
    }

    /** Gives a node other arguments for launches to come. */
    void updateNode(MemorySegment executable, MemorySegment node, MemorySegment parameters, CudaFunction function) {
        call(() -> "cuGraphExecKernelNodeSetParams of " + function.name(), () ->
                (int) graphExecUpdateKernelNode.invokeExact(executable, node, parameters));
    }

    void launchGraph(MemorySegment executable, MemorySegment stream, int count, CudaFunction last) {
        call(() -> "cuGraphLaunch of " + count + " kernels up to " + last.name(), () ->
                (int) graphLaunch.invokeExact(executable, stream));
    }

    void destroyExecutable(MemorySegment executable) {
        call(() -> "cuGraphExecDestroy", () -> (int) graphExecDestroy.invokeExact(executable));
    }
}
