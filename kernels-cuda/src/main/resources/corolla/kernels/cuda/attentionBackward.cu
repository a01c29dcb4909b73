// Backward of attention. With probabilities p = softmax(s), s = scale q K + bias, and output o = p V, its gradient d gives
//
//     dV += p d    dp = V d    ds = p (dp - sum(p dp))    dq = scale ds K    dK += scale ds q
//
// Probabilities are computed again, in tiles of 32: first each query's largest score, sum of weights and sum(p dp), then dq, a warp
// a query; then dK and dV, a warp a key, by ascending query. Nothing is as large as queries times keys. A sink has a weight and no value.
// SLOTS, which the compiler is given, is how many elements of a key or a value a lane has.

struct Backward {
    Heads heads;
    float scale;
    int window;
    const float* qkv;
    const float* dOut; // (rows, queries, V)
    float* dQkv;
    const float* biases; // (queries, positions), or null
    long long biasColumns;
    const float* sinks; // (queries), or null
    float* softmax; // (rows, queries, 3): largest score, sum of weights, sum(p dp)
};

__device__ inline long long rowSize(const Backward& b) {
    return b.heads.column(b.heads.count());
}

__device__ inline const float* queryVector(const Backward& b, const Query& query) {
    return b.qkv + query.row * rowSize(b) + b.heads.column(query.head);
}

__device__ inline const float* outVector(const Backward& b, const Query& query) {
    return b.dOut + ((long long) query.row * b.heads.queries + query.head) * b.heads.valueSize;
}

__device__ inline float scoreOf(const Backward& b, const Query& query, int position, float product) {
    float score = product * b.scale;
    return b.biases ? score + b.biases[query.head * b.biasColumns + position] : score;
}

// Blocks: (queries of a key/value head and sequence / WARPS, key/value heads, sequences).
extern "C" __global__ void __launch_bounds__(THREADS) backwardQueries(Sequences sequences, Heads heads, float scale, int window,
        const float* qkv, const float* dOut, float* dQkv, const float* biases, long long biasColumns, const float* sinks,
        float* softmax) {
    Backward b{heads, scale, window, qkv, dOut, dQkv, biases, biasColumns, sinks, softmax};
    Sequence sequence = sequences.at(blockIdx.z);
    int kvHead = blockIdx.y;
    int all = sequence.tokens * (heads.queries / heads.keyValues);
    int first = blockIdx.x * WARPS;
    if (first >= all) {
        return;
    }
    long long cache = (long long) kvHead * sequence.positionsMax;
    const float* keys = sequence.keys + cache * heads.keySize;
    const float* values = sequence.values + cache * heads.cachedValueSize() + heads.valueStart();
    Query query = queryAt(heads, window, sequence, kvHead, first + warpIndex());
    const float* vector = query.exists ? queryVector(b, query) : 0;
    const float* gradient = query.exists ? outVector(b, query) : 0;
    int begin = queryAt(heads, window, sequence, kvHead, first).start / WARP * WARP;
    int end = 1 + queryAt(heads, window, sequence, kvHead, min(first + WARPS, all) - 1).position;
    float largest = MINUS_INFINITY;
    float weights = 0;
    float mean = 0;
    for (int tile = begin; tile < end; tile += WARP) {
        float product;
        float dp;
        tileProducts<1>(Following{keys + (long long) tile * heads.keySize, heads.keySize, end - tile}, &vector, heads.keySize,
                &product);
        tileProducts<1>(Following{values + (long long) tile * heads.cachedValueSize(), heads.cachedValueSize(), end - tile},
                &gradient, heads.valueSize, &dp);
        int position = tile + laneIndex();
        bool seen = query.exists && position >= query.start && position <= query.position;
        float score = seen ? scoreOf(b, query, position, product) : MINUS_INFINITY;
        float next = fmaxf(largest, warpMax(score));
        if (next > MINUS_INFINITY) { // the same in all lanes
            float factor = expf(largest - next);
            float weight = seen ? expf(score - next) : 0;
            weights = weights * factor + warpSum(weight);
            mean = mean * factor + warpSum(seen ? weight * dp : 0);
            largest = next;
        }
    }
    if (sinks && query.exists) {
        float next = fmaxf(largest, sinks[query.head]);
        float factor = expf(largest - next);
        weights = weights * factor + expf(sinks[query.head] - next);
        mean *= factor;
        largest = next;
    }
    mean /= weights;
    if (query.exists && laneIndex() == 0) {
        float* kept = softmax + ((long long) query.row * heads.queries + query.head) * 3;
        kept[0] = largest;
        kept[1] = weights;
        kept[2] = mean;
    }
    float sums[SLOTS];
#pragma unroll
    for (int s = 0; s < SLOTS; s++) {
        sums[s] = 0;
    }
    for (int tile = begin; tile < end; tile += WARP) {
        float product;
        float dp;
        tileProducts<1>(Following{keys + (long long) tile * heads.keySize, heads.keySize, end - tile}, &vector, heads.keySize,
                &product);
        tileProducts<1>(Following{values + (long long) tile * heads.cachedValueSize(), heads.cachedValueSize(), end - tile},
                &gradient, heads.valueSize, &dp);
        int position = tile + laneIndex();
        bool seen = query.exists && position >= query.start && position <= query.position;
        float probability = seen ? expf(scoreOf(b, query, position, product) - largest) / weights : 0;
        float ds = seen ? scale * probability * (dp - mean) : 0;
        int to = query.exists ? min(WARP, query.position + 1 - tile) : 0;
        for (int key = max(0, query.start - tile); key < to; key++) {
            float factor = __shfl_sync(WHOLE_WARP, ds, key);
            const float* at = keys + (long long) (tile + key) * heads.keySize;
#pragma unroll
            for (int s = 0; s < SLOTS; s++) {
                int i = laneIndex() + WARP * s;
                sums[s] = fmaf(factor, i < heads.keySize ? at[i] : 0, sums[s]);
            }
        }
    }
    if (query.exists) {
        float* to = dQkv + query.row * rowSize(b) + heads.column(query.head);
#pragma unroll
        for (int s = 0; s < SLOTS; s++) {
            if (laneIndex() + WARP * s < heads.keySize) {
                to[laneIndex() + WARP * s] = sums[s];
            }
        }
    }
}

// 32 queries that follow each other, as vectors of queries or of the gradients of their outputs.
struct QueryVectors {
    const Backward& b;
    const Sequence& sequence;
    int kvHead;
    int first;
    bool gradients;

    __device__ inline const float* at(int index) const {
        Query query = queryAt(b.heads, b.window, sequence, kvHead, first + index);
        return !query.exists ? 0 : gradients ? outVector(b, query) : queryVector(b, query);
    }
};

// Blocks: (tokens of a sequence / WARPS, key/value heads, sequences). Comes after backwardQueries.
extern "C" __global__ void __launch_bounds__(THREADS) backwardKeys(Sequences sequences, Heads heads, float scale, int window,
        const float* qkv, const float* dOut, float* dQkv, const float* biases, long long biasColumns, const float* sinks,
        float* softmax) {
    Backward b{heads, scale, window, qkv, dOut, dQkv, biases, biasColumns, sinks, softmax};
    Sequence sequence = sequences.at(blockIdx.z);
    int kvHead = blockIdx.y;
    int group = heads.queries / heads.keyValues;
    int first = blockIdx.x * WARPS;
    if (first >= sequence.tokens) {
        return;
    }
    int position = first + warpIndex();
    bool exists = position < sequence.tokens;
    long long place = (long long) kvHead * sequence.positionsMax + position;
    const float* key = exists ? sequence.keys + place * heads.keySize : 0;
    const float* value = exists ? sequence.values + place * heads.cachedValueSize() + heads.valueStart() : 0;
    float dKey[SLOTS];
    float dValue[SLOTS];
#pragma unroll
    for (int s = 0; s < SLOTS; s++) {
        dKey[s] = 0;
        dValue[s] = 0;
    }
    long long lastSeeing = (long long) min(first + WARPS, sequence.tokens) - 1 + window; // token after the last that sees a key
    int end = group * (int) min(lastSeeing, (long long) sequence.tokens);
    for (int tile = first * group / WARP * WARP; tile < end; tile += WARP) {
        float product;
        float dp;
        tileProducts<1>(QueryVectors{b, sequence, kvHead, tile, false}, &key, heads.keySize, &product);
        tileProducts<1>(QueryVectors{b, sequence, kvHead, tile, true}, &value, heads.valueSize, &dp);
        Query mine = queryAt(heads, window, sequence, kvHead, tile + laneIndex());
        bool seen = exists && mine.exists && position >= mine.start && position <= mine.position;
        float probability = 0;
        float ds = 0;
        if (seen) {
            const float* kept = softmax + ((long long) mine.row * heads.queries + mine.head) * 3;
            probability = expf(scoreOf(b, mine, position, product) - kept[0]) / kept[1];
            ds = scale * probability * (dp - kept[2]);
        }
        unsigned all = __ballot_sync(WHOLE_WARP, seen);
        for (int lane = 0; lane < WARP; lane++) {
            if (all >> lane & 1) { // the same in all lanes
                float weight = __shfl_sync(WHOLE_WARP, probability, lane);
                float factor = __shfl_sync(WHOLE_WARP, ds, lane);
                Query query = queryAt(heads, window, sequence, kvHead, tile + lane);
                const float* vector = queryVector(b, query);
                const float* gradient = outVector(b, query);
#pragma unroll
                for (int s = 0; s < SLOTS; s++) {
                    int i = laneIndex() + WARP * s;
                    dKey[s] = fmaf(factor, i < heads.keySize ? vector[i] : 0, dKey[s]);
                    dValue[s] = fmaf(weight, i < heads.valueSize ? gradient[i] : 0, dValue[s]);
                }
            }
        }
    }
    if (!exists) {
        return;
    }
    float* row = dQkv + (sequence.row + position) * rowSize(b);
    float* toKey = row + heads.column(heads.queries + kvHead);
    float* toValue = heads.ownValues ? row + heads.column(heads.queries + heads.keyValues + kvHead) : toKey + heads.valueStart();
#pragma unroll
    for (int s = 0; s < SLOTS; s++) {
        if (laneIndex() + WARP * s < heads.keySize) {
            toKey[laneIndex() + WARP * s] = dKey[s];
        }
    }
    __syncwarp(); // where values are in keys both go to the same place
#pragma unroll
    for (int s = 0; s < SLOTS; s++) {
        int i = laneIndex() + WARP * s;
        if (i < heads.valueSize) {
            toValue[i] = heads.ownValues ? dValue[s] : toValue[i] + dValue[s];
        }
    }
}
