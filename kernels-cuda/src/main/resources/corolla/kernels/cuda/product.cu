// Products of a few rows with weights of one FORMAT, and lookups. A warp has OUTPUTS outputs and up to ROWS rows of x, so that it
// reads each weight once for all rows and each number of x once for all outputs. Lane l takes the chunks l, l + 32, ...; then 32
// partial sums become one. A row's sum has this order whatever the number of rows: its bits do not depend on its batch.

// Eight numbers of a row of x: a chunk's.
struct Inputs {
    float in[CHUNK];

    __device__ inline void load(const float* rows, int chunk) {
        float4 first = ((const float4*) rows)[2 * chunk];
        float4 second = ((const float4*) rows)[2 * chunk + 1];
        in[0] = first.x, in[1] = first.y, in[2] = first.z, in[3] = first.w;
        in[4] = second.x, in[5] = second.y, in[6] = second.z, in[7] = second.w;
    }

    // The same of a row that begins anywhere, as where a tensor is part of another; zeros after its end.
    __device__ inline void load(const float* rows, int start, int chunk, int columns) {
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            in[i] = CHUNK * chunk + i < columns ? rows[start + CHUNK * chunk + i] : 0;
        }
    }

    __device__ inline float sum() const {
        float sum = in[0];
#pragma unroll
        for (int i = 1; i < CHUNK; i++) {
            sum += in[i];
        }
        return sum;
    }

    // With the products of a chunk's codes from one on.
    __device__ inline float addProducts(const Chunk& chunk, int from, float sum) const {
#pragma unroll
        for (int i = from; i < CHUNK; i++) {
            sum = fmaf(chunk.codes[i], in[i], sum);
        }
        return sum;
    }
};

// The rows of x that a warp has.
struct InputRows {
    const float* first;
    int columns;
    int last; // the index of the last one that there is

    // After the end the last one again, which nobody writes: a branch would cost multiply16 66 registers (NVRTC 12.6, sm_90).
    __device__ inline int at(int r) const {
        return r == 0 ? 0 : min(r, last);
    }

    // Whether all rows are whole chunks and can be read four numbers at a time.
    __device__ inline bool areAligned() const {
        return (unsigned long long) first % sizeof(float4) == 0 && columns % CHUNK == 0;
    }
};

// Adds the products of one chunk of each output. What ZERO takes off is the same for all outputs: their sums of products begin with it.
template <class Format, int ROWS, bool ALIGNED>
__device__ inline void addChunk(const Chunk* weights, const InputRows& x, int chunk, float* sums) {
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
        Inputs inputs;
        if (ALIGNED) {
            inputs.load(x.first, x.at(r) * (x.columns / CHUNK) + chunk);
        } else {
            inputs.load(x.first, x.at(r) * x.columns, chunk, x.columns);
        }
        float inputSum = Format::NEEDS_INPUT_SUM ? inputs.sum() : 0;
        float zero = -Format::ZERO * inputSum;
#pragma unroll
        for (int o = 0; o < OUTPUTS; o++) {
            float& sum = sums[o * ROWS + r];
            if (Format::KIND == PLAIN) {
                sum = inputs.addProducts(weights[o], 0, sum);
                continue;
            }
            float products = Format::ZERO == 0 ? inputs.addProducts(weights[o], 1, weights[o].codes[0] * inputs.in[0])
                                               : inputs.addProducts(weights[o], 0, zero);
            sum = fmaf(weights[o].scale, products, sum);
            sum = Format::KIND == SHIFTED ? fmaf(weights[o].minimum, inputSum, sum) : sum;
        }
    }
}

// STEPS chunks of a lane, from this one on and WARP apart. All weights are asked for before the first is decoded: what is on its way, not
// what is computed, is how fast memory is read.
template <class Format, int ROWS, int STEPS, bool ALIGNED>
__device__ inline void addSteps(const Row* weights, const InputRows& x, int chunk, float* sums) {
    typename Format::Words words[STEPS][OUTPUTS];
#pragma unroll
    for (int step = 0; step < STEPS; step++) {
#pragma unroll
        for (int o = 0; o < OUTPUTS; o++) {
            words[step][o] = Format::load(weights[o], Place{chunk, step});
        }
    }
#pragma unroll
    for (int step = 0; step < STEPS; step++) {
        Chunk chunks[OUTPUTS];
#pragma unroll
        for (int o = 0; o < OUTPUTS; o++) {
            chunks[o] = Format::decode(words[step][o]);
        }
        addChunk<Format, ROWS, ALIGNED>(chunks, x, chunk + WARP * step, sums);
    }
}

template <class Format, int ROWS>
__device__ inline void multiply(
        const Planes& w, long long outputs, const float* x, int columns, long long rows, const Target& target) {
    Format::prepare();
    long long output = ((long long) blockIdx.x * WARPS + warpIndex()) * OUTPUTS;
    long long row = (long long) blockIdx.y * ROWS;
    float sums[OUTPUTS * ROWS];
#pragma unroll
    for (int i = 0; i < OUTPUTS * ROWS; i++) {
        sums[i] = 0;
    }
    Row weights[OUTPUTS];
#pragma unroll
    for (int o = 0; o < OUTPUTS; o++) { // after the end: the last one again, which nobody writes
        weights[o] = Format::row(w, min(output + o, outputs - 1));
    }
    InputRows inputs{x + row * columns, columns, (int) min(rows - 1 - row, (long long) ROWS - 1)};
    int chunks = w.chunks;
    int chunk = laneIndex();
    if (inputs.areAligned()) {
        const int steps = ROWS == 1 ? 4 : ROWS == 4 ? 2 : 1;
        // Lanes leave this loop together: whether a step is whole does not depend on the lane.
#pragma unroll 1
        for (; chunk - laneIndex() + WARP * steps <= chunks; chunk += WARP * steps) {
            addSteps<Format, ROWS, steps, true>(weights, inputs, chunk, sums);
        }
        if (steps > 1) {
#pragma unroll 1
            for (; chunk < chunks; chunk += WARP) {
                addSteps<Format, ROWS, 1, true>(weights, inputs, chunk, sums);
            }
        }
    }
#pragma unroll 1
    for (; chunk < chunks; chunk += WARP) {
        addSteps<Format, ROWS, 1, false>(weights, inputs, chunk, sums);
    }
    sumOverWarp<OUTPUTS * ROWS>(sums);
    typedef Held<OUTPUTS * ROWS> Mine;
    if (Mine::writes()) {
#pragma unroll
        for (int i = 0; i < Mine::values; i++) {
            long long o = output + (Mine::first() + i) / ROWS;
            long long r = row + (Mine::first() + i) % ROWS;
            if (o < outputs && r < rows) {
                target.put(r, o, sums[i]);
            }
        }
    }
}

// dx = dy W for a slice of the outputs: partial sums, (slices, rows, columns), which sumSlices adds up. A block has 32 chunks of columns;
// its warps take the slice's outputs in turn.
template <class Format, int ROWS>
__device__ inline void multiplyTransposed(const Planes& w, long long outputs, const float* dy, long long dyColumns,
        long long dyColumn, long long rows, int columns, int sliceSize, float* partial) {
    __shared__ float sums[WARPS][WARP * CHUNK];
    Format::prepare();
    long long chunk = (long long) blockIdx.x * WARP + laneIndex();
    long long row = (long long) blockIdx.z * ROWS;
    long long from = (long long) blockIdx.y * sliceSize;
    long long to = min(from + sliceSize, outputs);
    float mine[ROWS][CHUNK];
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            mine[r][i] = 0;
        }
    }
    for (long long output = from + warpIndex(); output < to && chunk < w.chunks; output += WARPS) {
        Chunk decoded = Format::decode(Format::load(Format::row(w, output), Place{(int) chunk, 0}));
        float weights[CHUNK];
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            weights[i] = Format::value(decoded, i);
        }
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            if (row + r >= rows) {
                break; // the same in all threads
            }
            float gradient = dy[(row + r) * dyColumns + dyColumn + output];
#pragma unroll
            for (int i = 0; i < CHUNK; i++) {
                mine[r][i] = fmaf(gradient, weights[i], mine[r][i]);
            }
        }
    }
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
        __syncthreads(); // the row before may still be read
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            sums[warpIndex()][laneIndex() * CHUNK + i] = mine[r][i];
        }
        __syncthreads();
        float sum = 0;
        for (int warp = 0; warp < WARPS; warp++) {
            sum += sums[warp][threadIdx.x];
        }
        long long column = (long long) blockIdx.x * WARP * CHUNK + threadIdx.x;
        if (row + r < rows && column < columns) {
            partial[((long long) blockIdx.y * rows + row + r) * columns + column] = sum;
        }
    }
}

#define PLANES const unsigned char *codes, const unsigned char *high, const unsigned char *scales, const unsigned char *outer
#define MULTIPLY(ROWS) \
    multiply<FORMAT, ROWS>(Planes{codes, high, scales, outer, (columns + CHUNK - 1LL) / CHUNK}, outputs, x, columns, rows, \
            Target{y, yColumns, yColumn, add})
#define TRANSPOSED(ROWS) \
    multiplyTransposed<FORMAT, ROWS>(Planes{codes, high, scales, outer, (columns + CHUNK - 1LL) / CHUNK}, outputs, dy, \
            dyColumns, dyColumn, rows, columns, sliceSize, partial)

extern "C" __global__ void __launch_bounds__(THREADS) multiply1(PLANES, long long outputs, const float* x, int columns,
        long long rows, float* y, long long yColumns, long long yColumn, int add) {
    MULTIPLY(1);
}

extern "C" __global__ void __launch_bounds__(THREADS) multiply4(PLANES, long long outputs, const float* x, int columns,
        long long rows, float* y, long long yColumns, long long yColumn, int add) {
    MULTIPLY(4);
}

extern "C" __global__ void __launch_bounds__(THREADS) multiply16(PLANES, long long outputs, const float* x, int columns,
        long long rows, float* y, long long yColumns, long long yColumn, int add) {
    MULTIPLY(16);
}

extern "C" __global__ void __launch_bounds__(THREADS) transposed1(PLANES, long long outputs, const float* dy,
        long long dyColumns, long long dyColumn, long long rows, int columns, int sliceSize, float* partial) {
    TRANSPOSED(1);
}

extern "C" __global__ void __launch_bounds__(THREADS) transposed8(PLANES, long long outputs, const float* dy,
        long long dyColumns, long long dyColumn, long long rows, int columns, int sliceSize, float* partial) {
    TRANSPOSED(8);
}

// Row from[i] of the part to row to[i] of out, a block each.
extern "C" __global__ void __launch_bounds__(THREADS) lookup(
        PLANES, int columns, const int* from, const int* to, float* out) {
    FORMAT::prepare();
    Planes w{codes, high, scales, outer, (columns + CHUNK - 1LL) / CHUNK};
    Row row = FORMAT::row(w, from[blockIdx.x]);
    for (int chunk = threadIdx.x; chunk < w.chunks; chunk += THREADS) {
        Chunk decoded = FORMAT::decode(FORMAT::load(row, Place{chunk, 0}));
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            if (CHUNK * chunk + i < columns) {
                out[(long long) to[blockIdx.x] * columns + CHUNK * chunk + i] = FORMAT::value(decoded, i);
            }
        }
    }
}
