// Operations on single elements, forward and backward; a thread an element. Activations are numbered as in ActivationCode.

#define SILU 0
#define GELU 1
#define GELU_TANH 2
#define TANH_FACTOR 1.5957691216057308f // 2 * sqrt(2 / pi)
#define TANH_CUBIC 0.044715f

__device__ inline float sigmoid(float x) {
    return 1 / (1 + expf(-x));
}

// The normal distribution function, exact in the lower tail too.
__device__ inline float normal(float x) {
    return 0.5f * erfcf(-0.70710678f * x);
}

__device__ inline float activation(int kind, float x) {
    switch (kind) {
        case SILU:
            return x * sigmoid(x);
        case GELU:
            return x * normal(x);
        default:
            return x * sigmoid(TANH_FACTOR * (x + TANH_CUBIC * x * x * x));
    }
}

__device__ inline float slope(int kind, float x) {
    if (kind == GELU) {
        return normal(x) + x * expf(-0.5f * x * x) * 0.3989422804f; // 1 / sqrt(2 pi)
    }
    float share = kind == SILU ? sigmoid(x) : sigmoid(TANH_FACTOR * (x + TANH_CUBIC * x * x * x));
    float inner = kind == SILU ? 1 : TANH_FACTOR * (1 + 3 * TANH_CUBIC * x * x);
    return share + x * share * (1 - share) * inner;
}

extern "C" __global__ void activate(const float* x, float* out, long long count, int kind) {
    long long i = globalIndex();
    if (i < count) {
        out[i] = activation(kind, x[i]);
    }
}

// x becomes its own gradient.
extern "C" __global__ void activateBackward(float* x, const float* dOut, long long count, int kind) {
    long long i = globalIndex();
    if (i < count) {
        x[i] = dOut[i] * slope(kind, x[i]);
    }
}

// A row of gateUp (rows, 2 columns) has its gates, then its ups; count is rows * columns.
extern "C" __global__ void gate(const float* gateUp, float* out, long long count, long long columns, int kind) {
    long long i = globalIndex();
    if (i < count) {
        const float* at = gateUp + i / columns * 2 * columns + i % columns;
        out[i] = activation(kind, at[0]) * at[columns];
    }
}

extern "C" __global__ void gateBackward(float* gateUp, const float* dOut, long long count, long long columns, int kind) {
    long long i = globalIndex();
    if (i < count) {
        float* at = gateUp + i / columns * 2 * columns + i % columns;
        float gate = at[0];
        float up = at[columns];
        at[0] = dOut[i] * up * slope(kind, gate);
        at[columns] = dOut[i] * activation(kind, gate);
    }
}

extern "C" __global__ void clampedSwiglu(
        const float* gateUp, float* out, long long count, long long columns, float alpha, float limit) {
    long long i = globalIndex();
    if (i < count) {
        const float* at = gateUp + i / columns * 2 * columns + i % columns;
        float gate = fminf(at[0], limit);
        float up = fminf(fmaxf(at[columns], -limit), limit);
        out[i] = (up + 1) * gate * sigmoid(alpha * gate);
    }
}

// d(g s(a g)) = s (1 + a g (1 - s)); what was cut off has no gradient.
extern "C" __global__ void clampedSwigluBackward(
        float* gateUp, const float* dOut, long long count, long long columns, float alpha, float limit) {
    long long i = globalIndex();
    if (i < count) {
        float* at = gateUp + i / columns * 2 * columns + i % columns;
        float rawGate = at[0];
        float rawUp = at[columns];
        float gate = fminf(rawGate, limit);
        float up = fminf(fmaxf(rawUp, -limit), limit);
        float scaled = alpha * gate;
        float share = sigmoid(scaled);
        at[0] = rawGate > limit ? 0 : dOut[i] * (up + 1) * share * (1 + scaled * (1 - share));
        at[columns] = fabsf(rawUp) > limit ? 0 : dOut[i] * gate * share;
    }
}

extern "C" __global__ void scale(float* x, long long count, float factor) {
    long long i = globalIndex();
    if (i < count) {
        x[i] = factor * x[i];
    }
}

extern "C" __global__ void add(const float* x, float* y, long long count) {
    long long i = globalIndex();
    if (i < count) {
        y[i] += x[i];
    }
}

// y (rows, columns) += bias (columns); count is rows * columns.
extern "C" __global__ void addBias(const float* bias, float* y, long long count, long long columns) {
    long long i = globalIndex();
    if (i < count) {
        y[i] += bias[i % columns];
    }
}

// One block: the index of the largest element, the first of equals. Numbers that are none are never the largest, as in Java.
extern "C" __global__ void argmax(const float* x, int count, int* index) {
    __shared__ float values[THREADS];
    __shared__ int indices[THREADS];
    int best = 0;
    for (int i = threadIdx.x; i < count; i += THREADS) {
        best = x[i] > x[best] ? i : best;
    }
    values[threadIdx.x] = x[best];
    indices[threadIdx.x] = best;
    __syncthreads();
    for (int half = THREADS / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) {
            float other = values[threadIdx.x + half];
            int otherIndex = indices[threadIdx.x + half];
            bool better = other > values[threadIdx.x]
                    || (other == values[threadIdx.x] && otherIndex < indices[threadIdx.x]);
            if (better) {
                values[threadIdx.x] = other;
                indices[threadIdx.x] = otherIndex;
            }
        }
        __syncthreads();
    }
    if (threadIdx.x == 0) {
        *index = indices[0];
    }
}

// The exclusive or of all numbers of a block's share, one result a block.
extern "C" __global__ void touch(const unsigned* data, long long count, unsigned* results) {
    __shared__ unsigned all[WARPS];
    unsigned mine = 0;
    long long threads = (long long) gridDim.x * THREADS;
    long long fours = (unsigned long long) data % sizeof(uint4) == 0 ? count / 4 : 0;
#pragma unroll 4
    for (long long i = globalIndex(); i < fours; i += threads) {
        uint4 four = ((const uint4*) data)[i];
        mine ^= four.x ^ four.y ^ four.z ^ four.w;
    }
    for (long long i = 4 * fours + globalIndex(); i < count; i += threads) {
        mine ^= data[i];
    }
    for (int bits = WARP / 2; bits > 0; bits /= 2) {
        mine ^= __shfl_xor_sync(WHOLE_WARP, mine, bits);
    }
    if (laneIndex() == 0) {
        all[warpIndex()] = mine;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int warp = 1; warp < WARPS; warp++) {
            mine ^= all[warp];
        }
        results[blockIdx.x] = mine;
    }
}
