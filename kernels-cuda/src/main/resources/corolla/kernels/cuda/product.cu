// Products of a few rows with weights of one FORMAT, and lookups. A warp has OUTPUTS outputs and up to ROWS rows of x, so that it
// reads each weight once for all rows and each number of x once for all outputs. Lane l takes the chunks l, l + 32, ...; then 32
// partial sums become one. A row's sum has this order whatever the number of rows: its bits do not depend on its batch.

// Eight numbers of a row from a chunk's first column on; zeros after its end. Rows begin anywhere where a tensor is part of another.
__device__ inline void loadInputs(const float* row, long long chunk, int columns, float* out) {
    long long from = CHUNK * chunk;
    if ((unsigned long long) row % sizeof(float4) == 0 && from + CHUNK <= columns) {
        float4 first = *(const float4*) (row + from);
        float4 second = *(const float4*) (row + from + 4);
        out[0] = first.x, out[1] = first.y, out[2] = first.z, out[3] = first.w;
        out[4] = second.x, out[5] = second.y, out[6] = second.z, out[7] = second.w;
    } else {
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            out[i] = from + i < columns ? row[from + i] : 0;
        }
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
    for (long long chunk = laneIndex(); chunk < w.chunks; chunk += WARP) {
        float weights[OUTPUTS][CHUNK];
#pragma unroll
        for (int o = 0; o < OUTPUTS; o++) { // after the end: the last one again, which nobody writes
            Format::load(w, min(output + o, outputs - 1), chunk, weights[o]);
        }
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            float in[CHUNK]; // no branch for rows after the end: it costs multiply16 66 registers (NVRTC 12.6, sm_90)
            loadInputs(x + min(row + r, rows - 1) * columns, chunk, columns, in);
#pragma unroll
            for (int o = 0; o < OUTPUTS; o++) {
#pragma unroll
                for (int i = 0; i < CHUNK; i++) {
                    sums[o * ROWS + r] = fmaf(weights[o][i], in[i], sums[o * ROWS + r]);
                }
            }
        }
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
        float weights[CHUNK];
        Format::load(w, output, chunk, weights);
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
    for (long long chunk = threadIdx.x; chunk < w.chunks; chunk += THREADS) {
        float values[CHUNK];
        FORMAT::load(w, from[blockIdx.x], chunk, values);
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            if (CHUNK * chunk + i < columns) {
                out[(long long) to[blockIdx.x] * columns + CHUNK * chunk + i] = values[i];
            }
        }
    }
}
