// LLM.int8: rows of activations are taken apart as corolla.tensor.quant.MixedRow says, then multiplied with bytes in integers and, where
// they are outliers, in floats by ascending column. Integer sums are exact, so every order gives the bits of the reference.

#define OUTLIER 6.0f
#define LARGEST 127.0f

// One row a block: x (rows, columns) to numbers (rows, chunks * 8), a scale a row, and its outliers' columns, ascending, of which there
// are counts. All outliers are added up in total.
extern "C" __global__ void __launch_bounds__(THREADS) split(const float* x, int columns, signed char* numbers, float* scales,
        int* outliers, int* counts, unsigned long long* total) {
    __shared__ int ahead[WARPS];
    const float* row = x + (long long) blockIdx.x * columns;
    int padded = (columns + 7) / 8 * 8;
    float largest = 0;
    for (int k = threadIdx.x; k < columns; k += THREADS) {
        float magnitude = fabsf(row[k]);
        largest = magnitude < OUTLIER ? fmaxf(largest, magnitude) : largest;
    }
    largest = blockMax(largest);
    float inverse = LARGEST / largest;
    inverse = inverse <= 3.402823466e38f ? inverse : 0; // neither infinite nor no number
    int found = 0;
    for (int start = 0; start < padded; start += THREADS) {
        int k = start + threadIdx.x;
        float value = k < columns ? row[k] : 0;
        bool isOutlier = !(fabsf(value) < OUTLIER);
        if (k < padded) {
            numbers[(long long) blockIdx.x * padded + k] = isOutlier ? 0 : (signed char) rintf(value * inverse);
        }
        unsigned mine = __ballot_sync(WHOLE_WARP, isOutlier);
        __syncthreads(); // the counts before may still be read
        if (laneIndex() == 0) {
            ahead[warpIndex()] = __popc(mine);
        }
        __syncthreads();
        int place = found + __popc(mine & ((1u << laneIndex()) - 1));
        for (int warp = 0; warp < WARPS; warp++) {
            place += warp < warpIndex() ? ahead[warp] : 0;
            found += ahead[warp];
        }
        if (isOutlier) {
            outliers[(long long) blockIdx.x * columns + place] = k;
        }
    }
    if (threadIdx.x == 0) {
        scales[blockIdx.x] = largest / LARGEST;
        counts[blockIdx.x] = found;
        atomicAdd(total, (unsigned long long) found);
    }
}

struct MixedRows {
    const float* x;
    const signed char* numbers;
    const float* scales;
    const int* outliers;
    const int* counts;
    int columns;
    long long rows;
};

// scale * sum + the outliers' products, times the weights' scale.
__device__ inline float mixed(
        const MixedRows& in, long long row, int sum, const signed char* weights, float weightScale) {
    const float* x = in.x + row * in.columns;
    const int* outliers = in.outliers + row * in.columns;
    float floats = 0;
    for (int i = 0; i < in.counts[row]; i++) {
        floats = fmaf(x[outliers[i]], (float) weights[outliers[i]], floats);
    }
    return fmaf((float) sum, in.scales[row], floats) * weightScale;
}

// STEPS chunks of 8 columns of a lane, from this one on and WARP apart, of rows up to last. All weights are asked for before the first product.
template <int ROWS, int STEPS>
__device__ inline void addMixed(
        const int2* const* weights, const int2* numbers, long long chunks, int last, int chunk, int* sums) {
    int2 words[STEPS][OUTPUTS];
#pragma unroll
    for (int step = 0; step < STEPS; step++) {
#pragma unroll
        for (int o = 0; o < OUTPUTS; o++) {
            words[step][o] = weights[o][chunk + WARP * step];
        }
    }
#pragma unroll
    for (int step = 0; step < STEPS; step++) {
#pragma unroll
        for (int r = 0; r < ROWS; r++) { // after the end the last one again, which nobody writes
            int2 in = numbers[(r == 0 ? 0 : min(r, last) * chunks) + chunk + WARP * step];
#pragma unroll
            for (int o = 0; o < OUTPUTS; o++) {
                int sum = __dp4a(words[step][o].x, in.x, sums[o * ROWS + r]);
                sums[o * ROWS + r] = __dp4a(words[step][o].y, in.y, sum);
            }
        }
    }
}

template <int ROWS>
__device__ inline void multiplyMixed(const signed char* codes, const float* weightScales, long long outputs, const MixedRows& in,
        const Target& target) {
    int chunks = (in.columns + 7) / 8;
    long long output = ((long long) blockIdx.x * WARPS + warpIndex()) * OUTPUTS;
    long long row = (long long) blockIdx.y * ROWS;
    int sums[OUTPUTS * ROWS];
#pragma unroll
    for (int i = 0; i < OUTPUTS * ROWS; i++) {
        sums[i] = 0;
    }
    const int2* weights[OUTPUTS];
#pragma unroll
    for (int o = 0; o < OUTPUTS; o++) { // after the end: the last one again, which nobody writes
        weights[o] = (const int2*) codes + min(output + o, outputs - 1) * chunks;
    }
    const int2* numbers = (const int2*) in.numbers + row * chunks;
    int last = (int) min(in.rows - 1 - row, (long long) ROWS - 1);
    int chunk = laneIndex();
    const int steps = ROWS == 16 ? 1 : 4;
#pragma unroll 1
    for (; chunk - laneIndex() + WARP * steps <= chunks; chunk += WARP * steps) {
        addMixed<ROWS, steps>(weights, numbers, chunks, last, chunk, sums);
    }
#pragma unroll 1
    for (; chunk < chunks; chunk += WARP) {
        addMixed<ROWS, 1>(weights, numbers, chunks, last, chunk, sums);
    }
    sumOverWarp<OUTPUTS * ROWS>(sums);
    typedef Held<OUTPUTS * ROWS> Mine;
    if (Mine::writes()) {
#pragma unroll
        for (int i = 0; i < Mine::values; i++) {
            long long o = output + (Mine::first() + i) / ROWS;
            long long r = row + (Mine::first() + i) % ROWS;
            if (o < outputs && r < in.rows) {
                target.put(r, o, mixed(in, r, sums[i], codes + 8LL * chunks * o, weightScales[o]));
            }
        }
    }
}

#define MIXED_ARGUMENTS const signed char *codes, const float *weightScales, long long outputs, const float *x, \
            const signed char *numbers, const float *scales, const int *outliers, const int *counts, int columns, long long rows, \
            float *y, long long yColumns, long long yColumn, int add
#define MIXED(ROWS) \
    multiplyMixed<ROWS>(codes, weightScales, outputs, MixedRows{x, numbers, scales, outliers, counts, columns, rows}, \
            Target{y, yColumns, yColumn, add})

extern "C" __global__ void __launch_bounds__(THREADS) mixed1(MIXED_ARGUMENTS) {
    MIXED(1);
}

extern "C" __global__ void __launch_bounds__(THREADS) mixed4(MIXED_ARGUMENTS) {
    MIXED(4);
}

extern "C" __global__ void __launch_bounds__(THREADS) mixed16(MIXED_ARGUMENTS) {
    MIXED(16);
}

// Rows whose products with one output a thread finishes: their outliers mostly lie in the same columns, so that weights are in cache.
#define ROWS_A_THREAD 16

// The same results from sums that were made elsewhere: sums (rows, sumsStride), of which the first outputs are meant. A thread an output.
extern "C" __global__ void __launch_bounds__(THREADS) mixedSums(const int* sums, long long sumsStride, MIXED_ARGUMENTS) {
    long long output = globalIndex();
    if (output >= outputs) {
        return;
    }
    MixedRows in{x, numbers, scales, outliers, counts, columns, rows};
    Target target{y, yColumns, yColumn, add};
    const signed char* weights = codes + output * ((columns + 7LL) / 8 * 8);
    long long first = (long long) blockIdx.y * ROWS_A_THREAD;
    for (long long row = first; row < min(first + ROWS_A_THREAD, rows); row++) {
        target.put(row, output, mixed(in, row, sums[row * sumsStride + output], weights, weightScales[output]));
    }
}
