// Lets g++ compile our CUDA C++ and the CPU run it: this text stands before a kernel's source. One fiber a CUDA thread, one
// block after the other, on one thread of the machine. A fiber runs until it has to wait for others; then the next one goes on.
// Nothing here is fast by intent: it serves the tests, which have to see what a kernel computes and that its barriers fit.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <tuple>
#include <type_traits>
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace emulated {

struct Index {
    unsigned x, y, z;
};

// A launch with its arguments bound; made in a module, run by the driver.
struct Task {
    virtual ~Task() {}
    virtual void run(Index grid, Index block) = 0;
};

constexpr int WARP = 32;
constexpr int THREADS_MAX = 1024;
constexpr size_t STACK = 256 << 10;
constexpr long VAIN_MAX = 100 * 1000 * 1000; // turns without progress: somebody waits for ever

struct Fiber {
#if defined(__x86_64__)
    void* stack;
#else
    ucontext_t context;
#endif
    Index thread;
    int number;
    bool done;
    unsigned exchanges;
};

struct Meeting {
    int arrived;
    int members;
    unsigned generation;
};

struct Warp {
    Meeting meeting;
    uint64_t values[2][WARP]; // by turns: who is late still reads the last exchange while others write the next
};

static Fiber fibers[THREADS_MAX];
static Warp warps[THREADS_MAX / WARP];
static Meeting whole;
static Fiber scheduler;
static Fiber* current;
static int count;
static int left;
static char* stacks;
static void (*body)(void*);
static void* bodyArgument;
static Index blockIndex, blockSize, gridSize;

[[noreturn]] static void fail(const char* what) {
    fprintf(stderr, "emulated CUDA: %s, thread %d of %d in block (%u, %u, %u)\n", what, current ? current->number : -1, count,
            blockIndex.x, blockIndex.y, blockIndex.z);
    abort();
}

#if defined(__x86_64__)
extern "C" void emulated_switch(void** from, void* to) __attribute__((visibility("hidden")));
// The System V convention: six registers and the stack belong to the caller.
asm(R"(
.text
.hidden emulated_switch
.globl emulated_switch
.type emulated_switch, @function
emulated_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size emulated_switch, . - emulated_switch
)");
static inline void switchTo(Fiber* from, Fiber* to) {
    emulated_switch(&from->stack, to->stack);
}
#else
static inline void switchTo(Fiber* from, Fiber* to) {
    swapcontext(&from->context, &to->context);
}
#endif

static void leave(Meeting& meeting) {
    meeting.members--;
    if (meeting.members > 0 && meeting.arrived == meeting.members) {
        meeting.arrived = 0;
        meeting.generation++;
    }
}

static Fiber* following() {
    int i = current->number;
    do {
        i = i + 1 == count ? 0 : i + 1;
    } while (fibers[i].done);
    return &fibers[i];
}

static void yield() {
    Fiber* me = current;
    Fiber* next = following();
    if (next != me) {
        current = next;
        switchTo(me, next);
    }
}

static void fiberMain() {
    body(bodyArgument);
    Fiber* me = current;
    me->done = true;
    leave(whole);
    leave(warps[me->number / WARP].meeting);
    left--;
    Fiber* next = left == 0 ? &scheduler : following();
    current = next;
    switchTo(me, next);
    fail("a finished thread went on");
}

static void meet(Meeting& meeting, const char* what) {
    unsigned generation = meeting.generation;
    if (++meeting.arrived == meeting.members) {
        meeting.arrived = 0;
        meeting.generation++;
        return;
    }
    long vain = 0;
    while (meeting.generation == generation) {
        yield();
        if (++vain > VAIN_MAX) {
            fail(what);
        }
    }
}

static void prepare(Fiber& fiber, int number) {
    fiber.number = number;
    fiber.done = false;
    fiber.exchanges = 0;
    fiber.thread = {number % blockSize.x, number / blockSize.x % blockSize.y, number / (blockSize.x * blockSize.y)};
    char* stack = stacks + STACK * number;
#if defined(__x86_64__)
    void** top = (void**) (stack + STACK);
    *--top = 0; // a return address that nobody uses keeps the stack aligned as after a call
    *--top = (void*) fiberMain;
    for (int i = 0; i < 6; i++) {
        *--top = 0;
    }
    fiber.stack = top;
#else
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = stack;
    fiber.context.uc_stack.ss_size = STACK;
    makecontext(&fiber.context, fiberMain, 0);
#endif
}

static void runBlock() {
    left = count;
    whole = {0, count, 0};
    for (int w = 0; w * WARP < count; w++) {
        warps[w].meeting = {0, count - w * WARP < WARP ? count - w * WARP : WARP, 0};
    }
    for (int i = 0; i < count; i++) {
        prepare(fibers[i], i);
    }
    current = &fibers[0];
    switchTo(&scheduler, current);
}

static void runGrid(Index grid, Index block, void (*threadBody)(void*), void* argument) {
    gridSize = grid;
    blockSize = block;
    count = (int) (block.x * block.y * block.z);
    body = threadBody;
    bodyArgument = argument;
    if (!stacks) {
        stacks = (char*) mmap(0, STACK * THREADS_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    for (unsigned z = 0; z < grid.z; z++) {
        for (unsigned y = 0; y < grid.y; y++) {
            for (unsigned x = 0; x < grid.x; x++) {
                blockIndex = {x, y, z};
                runBlock();
            }
        }
    }
}

template <class... Parameters>
struct Launch : Task {
    void (*kernel)(Parameters...);
    std::tuple<std::remove_cv_t<Parameters>...> arguments;

    template <size_t... I>
    Launch(void (*kernel)(Parameters...), void** pointers, std::index_sequence<I...>)
        : kernel(kernel), arguments(*(std::remove_cv_t<Parameters>*) pointers[I]...) {}

    static void thread(void* self) {
        std::apply(((Launch*) self)->kernel, ((Launch*) self)->arguments);
    }

    void run(Index grid, Index block) override {
        runGrid(grid, block, thread, this);
    }
};

template <class... Parameters>
Task* bind(void (*kernel)(Parameters...), void** pointers) {
    return new Launch<Parameters...>(kernel, pointers, std::index_sequence_for<Parameters...>{});
}

static Warp& warp() {
    return warps[current->number / WARP];
}

static void requireAll(unsigned mask) {
    if (mask != 0xffffffffu || warp().meeting.members != WARP) {
        fail("an exchange of less than a whole warp");
    }
}

template <class T>
static inline T exchange(unsigned mask, T value, int from) {
    static_assert(sizeof(T) <= sizeof(uint64_t), "exchanged values have at most 8 bytes");
    requireAll(mask);
    Warp& mine = warp();
    unsigned turn = current->exchanges++ & 1;
    memcpy(&mine.values[turn][current->number % WARP], &value, sizeof(T));
    meet(mine.meeting, "a warp waits for a lane that never comes");
    T received;
    memcpy(&received, &mine.values[turn][from], sizeof(T));
    return received;
}

} // namespace emulated

#define __global__
#define __device__
#define __host__
#define __constant__ static const
#define __grid_constant__
#define __shared__ static
#define __forceinline__ inline
#define __restrict__
#define __launch_bounds__(...)
#define threadIdx (emulated::current->thread)
#define blockIdx (emulated::blockIndex)
#define blockDim (emulated::blockSize)
#define gridDim (emulated::gridSize)

static inline void __syncthreads() {
    emulated::meet(emulated::whole, "a block waits for a thread that never comes");
}

static inline void __syncwarp(unsigned mask = 0xffffffffu) {
    emulated::requireAll(mask);
    emulated::meet(emulated::warp().meeting, "a warp waits for a lane that never comes");
}

template <class T>
static inline T __shfl_sync(unsigned mask, T value, int lane) {
    return emulated::exchange(mask, value, lane % emulated::WARP);
}

template <class T>
static inline T __shfl_xor_sync(unsigned mask, T value, int bits) {
    return emulated::exchange(mask, value, emulated::current->number % emulated::WARP ^ bits);
}

static inline unsigned __ballot_sync(unsigned mask, int predicate) {
    emulated::Warp& mine = emulated::warp();
    unsigned turn = emulated::current->exchanges & 1;
    emulated::exchange(mask, (uint64_t) (predicate != 0), 0);
    unsigned all = 0;
    for (int lane = 0; lane < emulated::WARP; lane++) {
        all |= (unsigned) mine.values[turn][lane] << lane;
    }
    return all;
}

struct int2 { int x, y; };
struct int4 { int x, y, z, w; };
struct uint2 { unsigned x, y; };
struct uint4 { unsigned x, y, z, w; };
struct float2 { float x, y; };
struct float4 { float x, y, z, w; };
static inline float2 make_float2(float x, float y) { return {x, y}; }
static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
static inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

template <class T>
static inline T min(T a, T b) { return b < a ? b : a; }
template <class T>
static inline T max(T a, T b) { return a < b ? b : a; }
static inline int __popc(unsigned bits) { return __builtin_popcount(bits); }

static inline float __uint_as_float(unsigned bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

static inline unsigned __float_as_uint(float value) {
    unsigned bits;
    memcpy(&bits, &value, 4);
    return bits;
}

static inline int __dp4a(int a, int b, int sum) {
    for (int i = 0; i < 4; i++) {
        sum += (int8_t) (a >> 8 * i) * (int8_t) (b >> 8 * i);
    }
    return sum;
}

static inline unsigned long long atomicAdd(unsigned long long* at, unsigned long long value) {
    unsigned long long old = *at;
    *at = old + value;
    return old;
}
