// Stands in for libcublasLt.so.12 where there is no GPU, on the device of emulated_cuda.cpp: products of bf16 with sums in f32, of bytes
// with sums in 32 bits. It refuses what cuBLASLt's documentation says is not supported, and what would go unnoticed on ordinary memory:
// an algorithm that was chosen for another shape, operands that are not the device's, a context that is not current.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace emulated {
int state();
bool owns(uint64_t at, size_t bytes);
void give(std::function<void()> work);
} // namespace emulated

namespace {

enum Status {
    SUCCESS = 0,
    NOT_INITIALIZED = 1,
    INVALID_VALUE = 7,
    EXECUTION_FAILED = 13,
    INTERNAL_ERROR = 14,
    NOT_SUPPORTED = 15,
};

enum Type { F32 = 0, INT8 = 3, INT32 = 10, BF16 = 14 };
enum Compute { COMPUTE_32F = 68, COMPUTE_32I = 72 };

struct Operation {
    int compute, scale, transposesA, transposesB;
};

struct Layout {
    int type;
    uint64_t rows, columns;
    int64_t stride;

    size_t size() const {
        return type == INT8 ? 1 : type == BF16 ? 2 : 4;
    }

    size_t bytes() const {
        return ((columns - 1) * stride + rows) * size();
    }
};

struct Preference {
    uint64_t workspace;
    uint32_t alignments[4]; // of A, B, C and D
};

struct Shape {
    Operation operation;
    Layout a, b, d;
};

struct Algorithm { // cublasLtMatmulAlgo_t: 64 bytes
    uint64_t shape;
    uint64_t workspace;
    uint32_t alignments[4];
    uint64_t rest[4];
};

struct Result { // cublasLtMatmulHeuristicResult_t
    Algorithm algorithm;
    size_t workspace;
    int state;
    float waves;
    int reserved[4];
};

static_assert(sizeof(Algorithm) == 64 && sizeof(Result) == 96, "sizes of NVIDIA's header");

// Algorithms for long sums want room for parts of them, as some of NVIDIA's do.
constexpr uint64_t LONG_SUM = 512;
constexpr uint64_t WORKSPACE = 4096;

int handles, objects; // that nobody has destroyed
int createStatus, heuristicStatus, matmulStatus;
uint64_t heuristics, products;

uint64_t mix(uint64_t hash, uint64_t value) {
    return (hash ^ value) * 0x9e3779b97f4a7c15u + (hash >> 29);
}

uint64_t hashOf(const Shape& shape) {
    uint64_t hash = 7;
    for (uint64_t value : {shape.operation.compute, shape.operation.scale, shape.operation.transposesA, shape.operation.transposesB}) {
        hash = mix(hash, value);
    }
    for (const Layout* layout : {&shape.a, &shape.b, &shape.d}) {
        for (uint64_t value : {(uint64_t) layout->type, layout->rows, layout->columns, (uint64_t) layout->stride}) {
            hash = mix(hash, value);
        }
    }
    return hash;
}

// What is wrong in itself, or beyond the library.
int check(const Shape& shape, const uint32_t* alignments) {
    const Operation& operation = shape.operation;
    for (const Layout* layout : {&shape.a, &shape.b, &shape.d}) {
        if (layout->rows == 0 || layout->columns == 0 || layout->stride < (int64_t) layout->rows) {
            return INVALID_VALUE;
        }
    }
    uint64_t outputs = operation.transposesA ? shape.a.columns : shape.a.rows;
    uint64_t depth = operation.transposesA ? shape.a.rows : shape.a.columns;
    uint64_t depthOfB = operation.transposesB ? shape.b.columns : shape.b.rows;
    uint64_t rows = operation.transposesB ? shape.b.rows : shape.b.columns;
    if (depth != depthOfB || outputs != shape.d.rows || rows != shape.d.columns) {
        return INVALID_VALUE;
    }
    bool floats = operation.compute == COMPUTE_32F && operation.scale == F32 && shape.a.type == BF16 && shape.b.type == BF16
            && shape.d.type == F32;
    bool integers = operation.compute == COMPUTE_32I && operation.scale == INT32 && shape.a.type == INT8 && shape.b.type == INT8
            && shape.d.type == INT32;
    if (!floats && !integers) {
        return NOT_SUPPORTED;
    }
    if (alignments[0] % shape.a.size() || alignments[1] % shape.b.size() || alignments[3] % shape.d.size()) {
        return NOT_SUPPORTED;
    }
    if (integers) { // cuBLAS documentation, cublasLtMatmul: regular IMMA kernels
        bool four = alignments[0] % 4 == 0 && alignments[1] % 4 == 0 && alignments[3] % 4 == 0 && outputs % 4 == 0 && depth % 4 == 0
                && shape.a.stride % 4 == 0 && shape.b.stride % 4 == 0 && shape.d.stride % 4 == 0;
        if (!four || !operation.transposesA || operation.transposesB) {
            return NOT_SUPPORTED;
        }
    }
    return SUCCESS;
}

uint64_t workspaceOf(const Shape& shape) {
    return shape.b.rows >= LONG_SUM ? WORKSPACE : 0;
}

float toFloat(uint16_t bits) {
    uint32_t wide = (uint32_t) bits << 16;
    float value;
    memcpy(&value, &wide, 4);
    return value;
}

// Factors of sums as rows: op(matrix)'s columns, or rows, one after the other.
template <class T, class Raw, class Convert>
std::vector<T> gathered(const Raw* from, uint64_t sums, uint64_t depth, int64_t stride, bool along, Convert convert) {
    std::vector<T> all(sums * depth);
    for (uint64_t i = 0; i < sums; i++) {
        for (uint64_t k = 0; k < depth; k++) {
            all[i * depth + k] = convert(along ? from[i * stride + k] : from[k * stride + i]);
        }
    }
    return all;
}

// Sixteen sums side by side, then their sum: products of two bf16 are exact in f32, sums are rounded to it, as tensor cores' are.
template <class T>
T dot(const T* a, const T* b, uint64_t depth) {
    constexpr int LANES = 16;
    T sums[LANES] = {};
    uint64_t k = 0;
    for (; k + LANES <= depth; k += LANES) {
        for (int lane = 0; lane < LANES; lane++) {
            sums[lane] += a[k + lane] * b[k + lane];
        }
    }
    T sum = 0;
    for (T part : sums) {
        sum += part;
    }
    for (; k < depth; k++) {
        sum += a[k] * b[k];
    }
    return sum;
}

template <class T, class Raw, class Convert>
void multiply(const Shape& shape, const void* a, const void* b, void* d, bool add, Convert convert) {
    const Operation& operation = shape.operation;
    uint64_t outputs = shape.d.rows;
    uint64_t rows = shape.d.columns;
    uint64_t depth = operation.transposesA ? shape.a.rows : shape.a.columns;
    auto weights = gathered<T>((const Raw*) a, outputs, depth, shape.a.stride, operation.transposesA, convert);
    auto inputs = gathered<T>((const Raw*) b, rows, depth, shape.b.stride, !operation.transposesB, convert);
    for (uint64_t row = 0; row < rows; row++) {
        T* to = (T*) d + row * shape.d.stride;
        for (uint64_t output = 0; output < outputs; output++) {
            T sum = dot(&weights[output * depth], &inputs[row * depth], depth);
            to[output] = add ? to[output] + sum : sum;
        }
    }
}

template <class T>
int destroyed(T* object) {
    objects -= object ? 1 : 0;
    delete object;
    return SUCCESS;
}

} // namespace

extern "C" {

// For tests: what creating handles, the heuristic and products answer from now on; 0 makes all well again.
void emulated_cublas_answer(int64_t creating, int64_t heuristic, int64_t product) {
    createStatus = creating;
    heuristicStatus = heuristic;
    matmulStatus = product;
}

// For tests: heuristics asked, products given, and handles and descriptors that nobody has destroyed.
void emulated_cublas_counts(uint64_t* out) {
    out[0] = heuristics;
    out[1] = products;
    out[2] = handles + objects;
}

size_t cublasLtGetVersion() {
    return 120604;
}

const char* cublasLtGetStatusName(int status) {
    switch (status) {
        case SUCCESS: return "CUBLAS_STATUS_SUCCESS";
        case NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
        case INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
        case INTERNAL_ERROR: return "CUBLAS_STATUS_INTERNAL_ERROR";
        case EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
        case NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
        default: return "CUBLAS_STATUS_UNKNOWN";
    }
}

int cublasLtCreate(void** handle) {
    if (emulated::state() != 0) {
        return NOT_INITIALIZED;
    }
    if (createStatus) {
        return createStatus;
    }
    handles++;
    *handle = &handles;
    return SUCCESS;
}

int cublasLtDestroy(void* handle) {
    if (handle != &handles || handles == 0) {
        return NOT_INITIALIZED;
    }
    handles--;
    return SUCCESS;
}

int cublasLtMatmulDescCreate(Operation** operation, int compute, int scale) {
    objects++;
    *operation = new Operation{compute, scale, 0, 0};
    return SUCCESS;
}

int cublasLtMatmulDescDestroy(Operation* operation) {
    return destroyed(operation);
}

int cublasLtMatmulDescSetAttribute(Operation* operation, int attribute, const void* value, size_t bytes) {
    if (bytes != sizeof(int) || (attribute != 3 && attribute != 4)) {
        return INVALID_VALUE;
    }
    memcpy(attribute == 3 ? &operation->transposesA : &operation->transposesB, value, bytes);
    return SUCCESS;
}

int cublasLtMatrixLayoutCreate(Layout** layout, int type, uint64_t rows, uint64_t columns, int64_t stride) {
    objects++;
    *layout = new Layout{type, rows, columns, stride};
    return SUCCESS;
}

int cublasLtMatrixLayoutDestroy(Layout* layout) {
    return destroyed(layout);
}

int cublasLtMatmulPreferenceCreate(Preference** preference) {
    objects++;
    *preference = new Preference{0, {256, 256, 256, 256}};
    return SUCCESS;
}

int cublasLtMatmulPreferenceDestroy(Preference* preference) {
    return destroyed(preference);
}

int cublasLtMatmulPreferenceSetAttribute(Preference* preference, int attribute, const void* value, size_t bytes) {
    if (attribute == 1 && bytes == sizeof(uint64_t)) {
        memcpy(&preference->workspace, value, bytes);
    } else if (attribute >= 5 && attribute <= 8 && bytes == sizeof(uint32_t)) {
        memcpy(&preference->alignments[attribute - 5], value, bytes);
    } else {
        return INVALID_VALUE;
    }
    return SUCCESS;
}

int cublasLtMatmulAlgoGetHeuristic(void* handle, Operation* operation, Layout* a, Layout* b, Layout* c, Layout* d,
        Preference* preference, int wanted, Result* results, int* count) {
    *count = 0;
    if (handle != &handles || emulated::state() != 0) {
        return NOT_INITIALIZED;
    }
    heuristics++;
    if (wanted < 1 || memcmp(c, d, sizeof(Layout)) != 0) {
        return INVALID_VALUE;
    }
    if (heuristicStatus) {
        return heuristicStatus;
    }
    Shape shape{*operation, *a, *b, *d};
    if (int bad = check(shape, preference->alignments)) {
        return bad;
    }
    uint64_t workspace = workspaceOf(shape);
    if (workspace > preference->workspace) {
        return NOT_SUPPORTED;
    }
    Algorithm algorithm{hashOf(shape), workspace, {}, {}};
    std::copy(preference->alignments, preference->alignments + 4, algorithm.alignments);
    results[0] = Result{algorithm, workspace, SUCCESS, 1, {}};
    *count = 1;
    return SUCCESS;
}

int cublasLtMatmul(void* handle, Operation* operation, const void* alpha, const void* a, Layout* layoutA, const void* b,
        Layout* layoutB, const void* beta, const void* c, Layout* layoutC, void* d, Layout* layoutD, const Algorithm* algorithm,
        void* workspace, size_t workspaceBytes, void*) {
    if (handle != &handles || emulated::state() != 0) {
        return NOT_INITIALIZED;
    }
    if (matmulStatus) {
        return matmulStatus;
    }
    Shape shape{*operation, *layoutA, *layoutB, *layoutD};
    if (int bad = check(shape, algorithm->alignments)) {
        return bad;
    }
    const void* operands[] = {a, b, c, d};
    for (int i = 0; i < 4; i++) {
        if ((uint64_t) operands[i] % algorithm->alignments[i]) {
            return INVALID_VALUE;
        }
    }
    if (c != d || memcmp(layoutC, layoutD, sizeof(Layout)) != 0 || algorithm->shape != hashOf(shape)
            || workspaceBytes < algorithm->workspace || (uint64_t) workspace % 16) {
        return INVALID_VALUE;
    }
    float factors[2];
    if (operation->scale == F32) {
        memcpy(&factors[0], alpha, 4);
        memcpy(&factors[1], beta, 4);
    } else {
        factors[0] = (float) *(const int*) alpha;
        factors[1] = (float) *(const int*) beta;
    }
    bool add = factors[1] == 1;
    if (factors[0] != 1 || (!add && factors[1] != 0)) {
        return NOT_SUPPORTED; // nobody here scales
    }
    products++;
    uint64_t taken = algorithm->workspace;
    emulated::give([=] {
        bool owned = emulated::owns((uint64_t) a, shape.a.bytes()) && emulated::owns((uint64_t) b, shape.b.bytes())
                && emulated::owns((uint64_t) d, shape.d.bytes()) && (taken == 0 || emulated::owns((uint64_t) workspace, taken));
        if (!owned) {
            fprintf(stderr, "emulated cuBLASLt: an operand is not in the device's memory\n");
            abort();
        }
        memset(workspace, 0xff, taken);
        if (shape.a.type == INT8) {
            multiply<int, int8_t>(shape, a, b, d, add, [](int8_t value) { return (int) value; });
        } else {
            multiply<float, uint16_t>(shape, a, b, d, add, toFloat);
        }
    });
    return SUCCESS;
}
}
