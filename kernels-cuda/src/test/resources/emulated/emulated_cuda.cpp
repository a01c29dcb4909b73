// Stands in for libcuda.so.1 and libnvrtc.so.12 where there is no GPU: device memory is ordinary memory, kernels are compiled by
// g++ and run by emulated_device.h. What a stream is given is done only when somebody waits for it, so that a missing wait shows.
#include <dlfcn.h>
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

namespace emulated {
struct Index {
    unsigned x, y, z;
};
struct Task { // as in emulated_device.h
    virtual ~Task() {}
    virtual void run(Index grid, Index block) = 0;
};
// For libraries that stand beside the driver: what a call would answer now; whether memory is the device's; and work for the stream.
int state();
bool owns(uint64_t at, size_t bytes);
void give(std::function<void()> work);
} // namespace emulated

namespace {

// A pattern for mkstemp and mkdtemp, in the folder of the system or of the user.
std::string temporary(const char* pattern) {
    return (std::filesystem::temp_directory_path() / pattern).string();
}

enum Result {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NOT_INITIALIZED = 3,
    INVALID_DEVICE = 101,
    INVALID_IMAGE = 200,
    INVALID_CONTEXT = 201,
    INVALID_HANDLE = 400,
    NOT_FOUND = 500,
    LAUNCH_FAILED = 719,
};

const struct {
    int code;
    const char* name;
    const char* text;
} ERRORS[] = {
    {SUCCESS, "CUDA_SUCCESS", "no error"},
    {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
};

size_t capacity = size_t(2) << 30; // of the device; see emulated_memory
constexpr size_t LINE = 256;

struct Function {
    emulated::Task* (*bind)(void**);
};

struct Module {
    void* library;
    std::map<std::string, Function> functions;
};

struct Stream {};

struct Event {
    std::shared_ptr<bool> ended; // none: it was never recorded
};

struct Node {
    Function* function;
    emulated::Index grid, block;
    std::shared_ptr<emulated::Task> task;
    Node* before;
};

struct Graph {
    std::vector<std::unique_ptr<Node>> nodes; // each after the one before it
};

struct Executable {
    Graph* graph;
    std::map<Node*, std::shared_ptr<emulated::Task>> tasks;
};

struct NodeParameters { // CUDA_KERNEL_NODE_PARAMS of cuda.h, with its names
    Function* func;
    unsigned gridDimX, gridDimY, gridDimZ, blockDimX, blockDimY, blockDimZ, sharedMemBytes;
    void** kernelParams;
    void** extra;
    void* kern;
    void* ctx;
};

std::recursive_mutex lock;
bool initialised;
int retained;
size_t used;
std::map<uint64_t, size_t> memory;
std::map<uint64_t, size_t> pinned;

struct Spare { // memory of the pool that was freed
    uint64_t at;
    std::shared_ptr<bool> ended; // whether the work before has
};

bool pools = true; // whether the device has one; see emulated_pools
size_t reserved, pooledBytes; // what the pool holds, and what of it is used
uint64_t threshold;
std::map<uint64_t, size_t> pooled; // what of it is used
std::multimap<size_t, Spare> spare;
std::deque<std::function<void()>> queue;
int lost; // what every call answers once a kernel has failed
int failure; // what the next kernel does; see emulated_fail
int pinnedFailure; // what the next pinned memory does
int graphFailure; // what the next graph does when it is instantiated
uint64_t toDevice, toHost, waits; // bytes copied, and times that somebody waited for a stream
uint64_t ordinary, pieces, halts; // bytes copied with memory that is not pinned, copies, and times that somebody waited for work of an event
uint64_t singles, graphLaunches, updates, graphs; // kernels launched by themselves, graphs launched, nodes changed, graphs that are
thread_local bool current;

using Guard = std::lock_guard<std::recursive_mutex>;

int drain(std::shared_ptr<bool> until = nullptr) {
    while (!queue.empty() && !lost && !(until && *until)) {
        auto work = std::move(queue.front());
        queue.pop_front();
        work();
    }
    if (lost) {
        queue.clear();
    }
    return lost;
}

int ready() {
    return lost ? lost : !initialised ? NOT_INITIALIZED : !current ? INVALID_CONTEXT : SUCCESS;
}

// Whether [at, at + bytes) lies within one allocation.
bool within(const std::map<uint64_t, size_t>& ranges, uint64_t at, size_t bytes) {
    auto after = ranges.upper_bound(at);
    if (after == ranges.begin()) {
        return false;
    }
    --after;
    return at + bytes <= after->first + after->second;
}

int allocate(uint64_t* out, size_t bytes) {
    if (int bad = ready()) {
        return bad;
    }
    if (bytes == 0) {
        return INVALID_VALUE;
    }
    if (used + reserved + bytes > capacity) {
        return OUT_OF_MEMORY;
    }
    void* at = aligned_alloc(LINE, (bytes + LINE - 1) / LINE * LINE);
    memset(at, 0xff, bytes); // NaN: nobody may count on zeros
    *out = (uint64_t) at;
    memory[*out] = bytes;
    used += bytes;
    return SUCCESS;
}

size_t rounded(size_t bytes) {
    return (bytes + LINE - 1) / LINE * LINE;
}

// Gives back what the pool holds and nobody uses, as far as somebody has waited for the work before.
void trim() {
    for (auto each = spare.begin(); each != spare.end();) {
        if (*each->second.ended) {
            reserved -= each->first;
            free((void*) each->second.at);
            each = spare.erase(each);
        } else {
            ++each;
        }
    }
}

// Takes memory of the pool back; what it is from then on is NaN, in the order of the work or at once.
bool release(uint64_t at, bool inOrder) {
    auto found = pooled.find(at);
    if (found == pooled.end()) {
        return false;
    }
    size_t bytes = found->second;
    pooled.erase(found);
    memory.erase(at);
    pooledBytes -= bytes;
    auto ended = std::make_shared<bool>(!inOrder);
    auto spoil = [=] {
        memset((void*) at, 0xff, bytes);
        *ended = true;
    };
    if (inOrder) {
        queue.push_back(spoil);
    } else {
        spoil();
    }
    spare.emplace(bytes, Spare{at, ended});
    return true;
}

} // namespace

int emulated::state() {
    Guard guard(lock);
    return ready();
}

bool emulated::owns(uint64_t at, size_t bytes) {
    Guard guard(lock);
    return within(memory, at, bytes);
}

void emulated::give(std::function<void()> work) {
    Guard guard(lock);
    queue.push_back([=] {
        if (failure) {
            lost = failure;
            return;
        }
        work();
    });
}

extern "C" {

// For tests: the next kernel fails with this error, and everything after it.
void emulated_fail(int64_t error) {
    Guard guard(lock);
    failure = error;
    lost = error == SUCCESS ? SUCCESS : lost;
}

// For tests: the next graph is not instantiated, with this error.
void emulated_fail_graph(int64_t error) {
    Guard guard(lock);
    graphFailure = error;
}

// For tests: kernels that were launched by themselves, graphs that were launched, and nodes that got other arguments, since the process
// began; and graphs that nobody has destroyed.
void emulated_launches(uint64_t* out) {
    Guard guard(lock);
    out[0] = singles;
    out[1] = graphLaunches;
    out[2] = updates;
    out[3] = graphs;
}

// For tests: bytes that were copied to the device, bytes that were copied from it, and waits for a stream, since the process began.
void emulated_traffic(uint64_t* out) {
    Guard guard(lock);
    out[0] = toDevice;
    out[1] = toHost;
    out[2] = waits;
}

// For tests: bytes that were copied with memory that is not pinned, copies between host and device, and times that somebody waited for
// an event whose work had not ended, since the process began.
void emulated_copies(uint64_t* out) {
    Guard guard(lock);
    out[0] = ordinary;
    out[1] = pieces;
    out[2] = halts;
}

// For tests: the next pinned memory is refused, with this error.
void emulated_fail_pinned(int64_t error) {
    Guard guard(lock);
    pinnedFailure = error;
}

// For tests: bytes of device memory that nobody has freed.
uint64_t emulated_used() {
    Guard guard(lock);
    return used + pooledBytes;
}

// For tests: whether devices that are opened from now on have a pool.
void emulated_pools(uint64_t has) {
    Guard guard(lock);
    pools = has;
}

// For tests: how much memory the device has.
void emulated_memory(uint64_t bytes) {
    Guard guard(lock);
    capacity = bytes;
}

int cuInit(unsigned) {
    initialised = true;
    return SUCCESS;
}

int cuDriverGetVersion(int* version) {
    *version = 12060;
    return SUCCESS;
}

int cuGetErrorName(int error, const char** name) {
    for (auto& entry : ERRORS) {
        if (entry.code == error) {
            *name = entry.name;
            return SUCCESS;
        }
    }
    return INVALID_VALUE;
}

int cuGetErrorString(int error, const char** text) {
    for (auto& entry : ERRORS) {
        if (entry.code == error) {
            *text = entry.text;
            return SUCCESS;
        }
    }
    return INVALID_VALUE;
}

int cuDeviceGetCount(int* count) {
    *count = 1;
    return initialised ? SUCCESS : NOT_INITIALIZED;
}

int cuDeviceGet(int* device, int ordinal) {
    *device = ordinal;
    return ordinal == 0 ? SUCCESS : INVALID_DEVICE;
}

int cuDeviceGetName(char* name, int length, int) {
    snprintf(name, length, "emulated by g++");
    return SUCCESS;
}

int cuDeviceGetAttribute(int* value, int attribute, int) {
    switch (attribute) {
        case 16: *value = 4; break; // multiprocessors
        case 75: *value = 9; break; // compute capability, major
        case 76: *value = 0; break; // and minor
        case 89: *value = 1; break; // host and device may touch managed memory at the same time
        case 115: *value = pools; break;
        default: return INVALID_VALUE;
    }
    return SUCCESS;
}

int cuDeviceTotalMem_v2(size_t* bytes, int) {
    *bytes = capacity;
    return SUCCESS;
}

int cuDevicePrimaryCtxRetain(void** context, int) {
    Guard guard(lock);
    retained++;
    *context = &retained;
    return SUCCESS;
}

int cuDevicePrimaryCtxRelease_v2(int) {
    Guard guard(lock);
    if (retained == 0) {
        return INVALID_CONTEXT;
    }
    if (--retained > 0) {
        return SUCCESS;
    }
    if (used || pooledBytes || graphs) {
        fprintf(stderr, "emulated CUDA: the context goes with %zu bytes and %zu graphs in use\n", used + pooledBytes, (size_t) graphs);
        abort();
    }
    drain();
    for (auto& each : spare) {
        *each.second.ended = true; // after a failure nothing more is run
    }
    trim();
    threshold = 0;
    return SUCCESS;
}

int cuCtxSetCurrent(void* context) {
    current = context != nullptr;
    return SUCCESS;
}

int cuMemGetInfo_v2(size_t* available, size_t* total) {
    *available = capacity - used - reserved;
    *total = capacity;
    return ready();
}

int cuMemAlloc_v2(uint64_t* at, size_t bytes) {
    Guard guard(lock);
    return allocate(at, bytes);
}

int cuMemAllocManaged(uint64_t* at, size_t bytes, unsigned) {
    Guard guard(lock);
    return allocate(at, bytes);
}

// Waits for all work, but not with memory of the pool.
int cuMemFree_v2(uint64_t at) {
    Guard guard(lock);
    if (release(at, false)) {
        return lost;
    }
    drain();
    auto found = memory.find(at);
    if (found == memory.end()) {
        return INVALID_VALUE;
    }
    used -= found->second;
    memory.erase(found);
    free((void*) at);
    return SUCCESS;
}

int cuDeviceGetDefaultMemPool(void** pool, int) {
    *pool = &spare;
    return pools ? SUCCESS : INVALID_VALUE;
}

int cuMemPoolSetAttribute(void* pool, int attribute, void* value) {
    Guard guard(lock);
    if (pool != &spare || attribute != 4) {
        return INVALID_VALUE;
    }
    threshold = *(uint64_t*) value;
    return SUCCESS;
}

int cuMemPoolGetAttribute(void* pool, int attribute, void* value) {
    Guard guard(lock);
    if (pool != &spare || (attribute != 5 && attribute != 7)) {
        return INVALID_VALUE;
    }
    *(uint64_t*) value = attribute == 5 ? reserved : pooledBytes;
    return ready();
}

int cuMemPoolTrimTo(void* pool, size_t) {
    Guard guard(lock);
    if (pool != &spare) {
        return INVALID_VALUE;
    }
    trim();
    return ready();
}

// What was freed in this order is used again at once, and has to stand that.
int cuMemAllocAsync(uint64_t* out, size_t wanted, void*) {
    Guard guard(lock);
    if (int bad = ready()) {
        return bad;
    }
    size_t bytes = rounded(wanted);
    if (bytes == 0) {
        return INVALID_VALUE;
    }
    auto found = spare.find(bytes);
    if (found != spare.end()) {
        *out = found->second.at;
        spare.erase(found);
    } else if (used + reserved + bytes > capacity) {
        return OUT_OF_MEMORY;
    } else {
        *out = (uint64_t) aligned_alloc(LINE, bytes);
        reserved += bytes;
    }
    uint64_t at = *out;
    queue.push_back([=] { memset((void*) at, 0xff, bytes); }); // NaN: nobody may count on zeros
    memory[at] = wanted;
    pooled[at] = bytes;
    pooledBytes += bytes;
    return SUCCESS;
}

int cuMemFreeAsync(uint64_t at, void*) {
    Guard guard(lock);
    return release(at, true) ? ready() : INVALID_VALUE;
}

int cuMemAllocHost_v2(void** at, size_t bytes) {
    Guard guard(lock);
    if (pinnedFailure) {
        int error = pinnedFailure;
        pinnedFailure = SUCCESS;
        return error;
    }
    *at = aligned_alloc(LINE, (bytes + LINE - 1) / LINE * LINE);
    memset(*at, 0xff, bytes);
    pinned[(uint64_t) *at] = bytes;
    return ready();
}

int cuMemFreeHost(void* at) {
    Guard guard(lock);
    drain();
    if (pinned.erase((uint64_t) at) == 0) {
        return INVALID_VALUE;
    }
    free(at);
    return SUCCESS;
}

int cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, void*) {
    Guard guard(lock);
    if (!within(memory, to, bytes)) {
        return INVALID_VALUE;
    }
    toDevice += bytes;
    pieces++;
    if (within(pinned, (uint64_t) from, bytes)) {
        queue.push_back([=] { memcpy((void*) to, from, bytes); });
    } else { // the driver keeps a copy of what is not pinned
        ordinary += bytes;
        auto copy = std::make_shared<std::vector<char>>((const char*) from, (const char*) from + bytes);
        queue.push_back([=] { memcpy((void*) to, copy->data(), bytes); });
    }
    return ready();
}

int cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, void*) {
    Guard guard(lock);
    if (!within(memory, from, bytes)) {
        return INVALID_VALUE;
    }
    toHost += bytes;
    pieces++;
    ordinary += within(pinned, (uint64_t) to, bytes) ? 0 : bytes;
    queue.push_back([=] { memcpy(to, (const void*) from, bytes); });
    return ready();
}

int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void*) {
    Guard guard(lock);
    if (!within(memory, from, bytes) || !within(memory, to, bytes)) {
        return INVALID_VALUE;
    }
    queue.push_back([=] { memmove((void*) to, (const void*) from, bytes); });
    return ready();
}

int cuMemsetD8Async(uint64_t at, unsigned char value, size_t bytes, void*) {
    Guard guard(lock);
    if (!within(memory, at, bytes)) {
        return INVALID_VALUE;
    }
    queue.push_back([=] { memset((void*) at, value, bytes); });
    return ready();
}

int cuStreamCreate(void** stream, unsigned) {
    *stream = new Stream();
    return ready();
}

int cuStreamDestroy_v2(void* stream) {
    Guard guard(lock);
    drain();
    delete (Stream*) stream;
    return lost;
}

int cuStreamSynchronize(void*) {
    Guard guard(lock);
    int bad = ready();
    waits++;
    bad = bad ? bad : drain();
    if (reserved > threshold) {
        trim();
    }
    return bad;
}

int cuEventCreate(void** event, unsigned) {
    *event = new Event();
    return ready();
}

int cuEventDestroy_v2(void* event) {
    Guard guard(lock);
    delete (Event*) event;
    return lost;
}

int cuEventRecord(void* event, void*) {
    Guard guard(lock);
    auto ended = std::make_shared<bool>(false);
    ((Event*) event)->ended = ended;
    queue.push_back([=] { *ended = true; });
    return ready();
}

int cuEventSynchronize(void* event) {
    Guard guard(lock);
    auto ended = ((Event*) event)->ended;
    if (!ended || *ended) {
        return ready();
    }
    halts++;
    return drain(ended);
}

int cuModuleLoadData(void** out, const void* image) {
    Guard guard(lock);
    if (memcmp(image, ELFMAG, SELFMAG) != 0) {
        return INVALID_IMAGE;
    }
    auto header = (const Elf64_Ehdr*) image;
    size_t bytes = header->e_shoff + (size_t) header->e_shnum * header->e_shentsize; // sections' headers come last
    std::string path = temporary("emulated-module-XXXXXX"); // a name of its own: the loader knows libraries by name
    int file = mkstemp(path.data());
    bool whole = write(file, image, bytes) == (ssize_t) bytes;
    void* library = whole ? dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) : nullptr;
    close(file);
    unlink(path.c_str());
    if (!library) {
        fprintf(stderr, "emulated CUDA: %s\n", dlerror());
        return INVALID_IMAGE;
    }
    *out = new Module{library, {}};
    return ready();
}

int cuModuleUnload(void* module) {
    Guard guard(lock);
    drain();
    dlclose(((Module*) module)->library);
    delete (Module*) module;
    return lost;
}

int cuModuleGetFunction(void** out, void* module, const char* name) {
    Guard guard(lock);
    auto mine = (Module*) module;
    void* symbol = dlsym(mine->library, (std::string(name) + "__bind").c_str());
    if (!symbol) {
        return NOT_FOUND;
    }
    auto& function = mine->functions[name];
    function.bind = (emulated::Task * (*) (void**) ) symbol;
    *out = &function;
    return SUCCESS;
}

static bool fits(emulated::Index grid, emulated::Index block) {
    return grid.x && grid.y && grid.z && block.x && block.y && block.z && grid.y <= 65535 && grid.z <= 65535
        && block.x * block.y * block.z <= 1024;
}

static void enqueue(std::shared_ptr<emulated::Task> task, emulated::Index grid, emulated::Index block) {
    queue.push_back([=] {
        if (failure) {
            lost = failure;
            return;
        }
        task->run(grid, block);
    });
}

int cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned, void*,
                   void** parameters, void**) {
    Guard guard(lock);
    if (int bad = ready()) {
        return bad;
    }
    emulated::Index grid{gx, gy, gz}, block{bx, by, bz};
    if (!fits(grid, block)) {
        return INVALID_VALUE;
    }
    singles++;
    enqueue(std::shared_ptr<emulated::Task>(((Function*) function)->bind(parameters)), grid, block);
    return SUCCESS;
}

// Graphs are chains: what is not refused here has one order.

int cuGraphCreate(void** graph, unsigned flags) {
    Guard guard(lock);
    if (flags != 0) {
        return INVALID_VALUE;
    }
    *graph = new Graph();
    return ready();
}

int cuGraphDestroy(void* graph) {
    Guard guard(lock);
    delete (Graph*) graph;
    return lost;
}

int cuGraphAddKernelNode_v2(void** out, void* graph, const void* const* dependencies, size_t count, const void* parameters) {
    Guard guard(lock);
    auto given = (const NodeParameters*) parameters;
    emulated::Index grid{given->gridDimX, given->gridDimY, given->gridDimZ}, block{given->blockDimX, given->blockDimY, given->blockDimZ};
    if (!fits(grid, block) || given->sharedMemBytes || given->extra || given->kern || given->ctx || !given->func) {
        return INVALID_VALUE;
    }
    auto& nodes = ((Graph*) graph)->nodes;
    Node* last = nodes.empty() ? nullptr : nodes.back().get();
    if (count != (last ? 1 : 0) || (last && dependencies[0] != last)) {
        return INVALID_VALUE;
    }
    std::shared_ptr<emulated::Task> task(given->func->bind(given->kernelParams));
    nodes.emplace_back(new Node{given->func, grid, block, task, last});
    *out = nodes.back().get();
    return ready();
}

int cuGraphInstantiateWithFlags(void** out, void* graph, unsigned long long flags) {
    Guard guard(lock);
    if (graphFailure) {
        int error = graphFailure;
        graphFailure = SUCCESS;
        return error;
    }
    auto executable = new Executable{(Graph*) graph, {}};
    for (auto& node : executable->graph->nodes) {
        executable->tasks[node.get()] = node->task;
    }
    graphs++;
    *out = executable;
    return flags ? INVALID_VALUE : ready();
}

// What was launched keeps the arguments that it had.
int cuGraphExecKernelNodeSetParams_v2(void* handle, void* node, const void* parameters) {
    Guard guard(lock);
    auto executable = (Executable*) handle;
    auto given = (const NodeParameters*) parameters;
    auto found = executable->tasks.find((Node*) node);
    if (found == executable->tasks.end()) {
        return INVALID_VALUE;
    }
    Node& mine = *(Node*) node;
    bool same = given->func == mine.function && given->gridDimX == mine.grid.x && given->gridDimY == mine.grid.y && given->gridDimZ == mine.grid.z
        && given->blockDimX == mine.block.x && given->blockDimY == mine.block.y && given->blockDimZ == mine.block.z;
    if (!same || given->sharedMemBytes || given->extra || given->kern || given->ctx) {
        return INVALID_VALUE;
    }
    updates++;
    found->second.reset(given->func->bind(given->kernelParams));
    return ready();
}

int cuGraphLaunch(void* handle, void*) {
    Guard guard(lock);
    if (int bad = ready()) {
        return bad;
    }
    auto executable = (Executable*) handle;
    for (auto& node : executable->graph->nodes) {
        enqueue(executable->tasks.at(node.get()), node->grid, node->block);
    }
    graphLaunches++;
    return SUCCESS;
}

// What was launched still runs.
int cuGraphExecDestroy(void* handle) {
    Guard guard(lock);
    delete (Executable*) handle;
    graphs--;
    return lost;
}

// NVRTC

struct Program {
    std::string source;
    std::string log;
    std::string image;
};

const char* nvrtcGetErrorString(int result) {
    return result == 6 ? "NVRTC_ERROR_COMPILATION" : result == 0 ? "NVRTC_SUCCESS" : "NVRTC_ERROR";
}

int nvrtcVersion(int* major, int* minor) {
    *major = 12;
    *minor = 6;
    return 0;
}

int nvrtcGetNumSupportedArchs(int* count) {
    *count = 2;
    return 0;
}

int nvrtcGetSupportedArchs(int* architectures) {
    architectures[0] = 80;
    architectures[1] = 90;
    return 0;
}

int nvrtcCreateProgram(void** program, const char* source, const char*, int, const char**, const char**) {
    *program = new Program{source, "", ""};
    return 0;
}

int nvrtcDestroyProgram(void** program) {
    delete (Program*) *program;
    *program = nullptr;
    return 0;
}

static std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
}

// For each kernel a function that binds its arguments: names stand after __global__ and the bounds.
static std::string binders(const std::string& source) {
    std::string all = "\n";
    const std::string word = "extern \"C\" __global__ void";
    for (size_t at = source.find(word); at != std::string::npos; at = source.find(word, at + 1)) {
        size_t open = source.find('(', at);
        size_t from = at + word.size();
        if (source.substr(from, open - from).find("__launch_bounds__") != std::string::npos) {
            from = source.find(')', open) + 1;
            open = source.find('(', from);
        }
        std::string name;
        for (char c : source.substr(from, open - from)) {
            if (c != ' ' && c != '\n') {
                name += c;
            }
        }
        all += "extern \"C\" emulated::Task* " + name + "__bind(void** p) { return emulated::bind(" + name + ", p); }\n";
    }
    return all;
}

int nvrtcCompileProgram(void* handle, int count, const char* const* options) {
    auto program = (Program*) handle;
    std::string base = temporary("emulated-nvrtc-XXXXXX");
    if (!mkdtemp(base.data())) {
        return 1;
    }
    {
        std::ofstream out(base + "/kernel.cpp", std::ios::binary);
        out << "#include \"" EMULATED_DEVICE_HEADER "\"\n" << program->source << binders(program->source);
    }
    std::string command = EMULATED_COMPILER " -shared";
    for (int i = 0; i < count; i++) {
        if (strncmp(options[i], "-D", 2) == 0 || strncmp(options[i], "--define-macro=", 15) == 0) {
            const char* macro = options[i][1] == 'D' ? options[i] + 2 : options[i] + 15;
            command += " '-D" + std::string(macro) + "'";
        }
    }
    command += " -o " + base + "/kernel.so " + base + "/kernel.cpp 2> " + base + "/log";
    bool compiled = system(command.c_str()) == 0;
    program->log = contents(base + "/log");
    if (compiled) {
        program->image = contents(base + "/kernel.so");
    }
    for (const char* name : {"/kernel.cpp", "/kernel.so", "/log"}) {
        unlink((base + name).c_str());
    }
    rmdir(base.c_str());
    return compiled ? 0 : 6;
}

int nvrtcGetProgramLogSize(void* program, size_t* bytes) {
    *bytes = ((Program*) program)->log.size() + 1;
    return 0;
}

int nvrtcGetProgramLog(void* program, char* log) {
    strcpy(log, ((Program*) program)->log.c_str());
    return 0;
}

int nvrtcGetCUBINSize(void* program, size_t* bytes) {
    *bytes = ((Program*) program)->image.size();
    return 0;
}

int nvrtcGetCUBIN(void* program, char* image) {
    memcpy(image, ((Program*) program)->image.data(), ((Program*) program)->image.size());
    return 0;
}

int nvrtcGetPTXSize(void* program, size_t* bytes) {
    return nvrtcGetCUBINSize(program, bytes);
}

int nvrtcGetPTX(void* program, char* image) {
    return nvrtcGetCUBIN(program, image);
}

} // extern "C"
