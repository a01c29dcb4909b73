// Attention. A query meets the keys in tiles of 32, a lane a key, with a running softmax (Milakov and Gimelshein 2018); tiles
// form parts of PART positions, whose results are merged in order. Tiles and parts lie at fixed positions and every query has its own sums, so
// its bits depend neither on its company nor on which blocks worked on its parts: one token alone, with its parts side by side on
// many blocks, gets the bits that it would get within a prefill.

// SLOTS, which the compiler is given, is how many elements of a value a lane has: values have at most 32 * SLOTS.
#define PART 512

// Keys whose values are on their way to a lane at once: four, or as many as leave registers for the rest.
#define KEYS_TOGETHER (SLOTS <= 4 ? 4 : SLOTS <= 8 ? 2 : 1)

struct Attention {
    Heads heads;
    float scale;
    int window;
    const float* qkv;
    float* out; // (rows, queries, V)
    const float* biases; // (queries, positions), or null
    long long biasColumns;
    const float* sinks; // (queries), or null
    float* partial; // (parts, rows, queries, V + 2): sums, then the largest score, then the sum of weights
    int parts; // 0: one block does all parts of its queries
    long long rows;
};

// What is known of a query's softmax: its largest score, the sum of its weights, and the weighted sum of values, SLOTS elements a lane.
struct Softmax {
    float largest;
    float weights;
    float sums[SLOTS];

    __device__ inline void clear() {
        largest = MINUS_INFINITY;
        weights = 0;
#pragma unroll
        for (int s = 0; s < SLOTS; s++) {
            sums[s] = 0;
        }
    }

    // Makes room for scores up to this one.
    __device__ inline void raise(float score) {
        float next = fmaxf(largest, score);
        float factor = expf(largest - next);
        largest = next;
        weights *= factor;
#pragma unroll
        for (int s = 0; s < SLOTS; s++) {
            sums[s] *= factor;
        }
    }

    __device__ inline void merge(const Softmax& other) {
        raise(other.largest);
        float factor = expf(other.largest - largest);
        weights += other.weights * factor;
#pragma unroll
        for (int s = 0; s < SLOTS; s++) {
            sums[s] += other.sums[s] * factor;
        }
    }

    // With a sink, which has a weight and no value.
    __device__ inline void write(const float* sink, float* out, int size) {
        if (sink) {
            raise(*sink);
            weights += expf(*sink - largest);
        }
#pragma unroll
        for (int s = 0; s < SLOTS; s++) {
            if (laneIndex() + WARP * s < size) {
                out[laneIndex() + WARP * s] = sums[s] / weights + 0.0f; // never a negative zero
            }
        }
    }
};

__device__ inline const float* queryVector(const Attention& a, const Query& query) {
    return a.qkv + query.row * a.heads.column(a.heads.count()) + a.heads.column(query.head);
}

// Adds the values of KEYS keys of a tile, from this key on, by ascending keys. Slots after a value's end take its last element, which
// nobody writes: a condition would make each load wait for the one before.
template <int KEYS>
__device__ inline void addValues(const Attention& a, const float* values, int key, float weight, Softmax& softmax) {
    float elements[KEYS][SLOTS];
#pragma unroll
    for (int k = 0; k < KEYS; k++) {
        const float* value = values + (key + k) * a.heads.cachedValueSize();
#pragma unroll
        for (int s = 0; s < SLOTS; s++) {
            elements[k][s] = value[min(laneIndex() + WARP * s, a.heads.valueSize - 1)];
        }
    }
#pragma unroll
    for (int k = 0; k < KEYS; k++) {
        float factor = __shfl_sync(WHOLE_WARP, weight, key + k);
#pragma unroll
        for (int s = 0; s < SLOTS; s++) {
            softmax.sums[s] = fmaf(factor, elements[k][s], softmax.sums[s]);
        }
    }
}

// One tile's weights and values for one query; the whole warp comes here.
__device__ inline void addTile(
        const Attention& a, const float* values, int tile, const Query& query, float score, Softmax& softmax) {
    int position = tile + laneIndex();
    bool seen = position >= query.start && position <= query.position;
    score *= a.scale;
    if (a.biases && seen) {
        score += a.biases[query.head * a.biasColumns + position];
    }
    softmax.raise(warpMax(seen ? score : MINUS_INFINITY));
    float weight = seen ? expf(score - softmax.largest) : 0;
    softmax.weights += warpSum(weight);
    int key = max(0, query.start - tile);
    int to = min(WARP, query.position + 1 - tile);
    const float* ofTile = values + (long long) tile * a.heads.cachedValueSize() + a.heads.valueStart();
    for (; key + KEYS_TOGETHER <= to; key += KEYS_TOGETHER) {
        addValues<KEYS_TOGETHER>(a, ofTile, key, weight, softmax);
    }
    for (; key < to; key++) {
        addValues<1>(a, ofTile, key, weight, softmax);
    }
}

__device__ inline float* partialOf(const Attention& a, int part, const Query& query) {
    return a.partial + ((part * a.rows + query.row) * a.heads.queries + query.head) * (a.heads.valueSize + 2);
}

__device__ inline void keep(const Attention& a, int part, const Query& query, const Softmax& softmax) {
    float* to = partialOf(a, part, query);
#pragma unroll
    for (int s = 0; s < SLOTS; s++) {
        int i = laneIndex() + WARP * s;
        if (i < a.heads.valueSize) {
            to[i] = softmax.sums[s];
        }
    }
    if (laneIndex() == 0) {
        to[a.heads.valueSize] = softmax.largest;
        to[a.heads.valueSize + 1] = softmax.weights;
    }
}

__device__ inline void finish(const Attention& a, const Query& query, Softmax& softmax) {
    float* out = a.out + ((long long) query.row * a.heads.queries + query.head) * a.heads.valueSize;
    softmax.write(a.sinks ? a.sinks + query.head : 0, out, a.heads.valueSize);
}

// Blocks: (queries of a key/value head and sequence / (WARPS * ROWS), key/value heads, sequences * max(parts, 1)).
template <int ROWS>
__device__ inline void attend(const Attention& a, const Sequences& sequences) {
    Sequence sequence = sequences.at(blockIdx.z % sequences.count);
    int first = blockIdx.x * WARPS * ROWS;
    int group = a.heads.queries / a.heads.keyValues;
    if (first >= sequence.tokens * group) {
        return;
    }
    int kvHead = blockIdx.y;
    long long cache = (long long) kvHead * sequence.positionsMax;
    const float* keys = sequence.keys + cache * a.heads.keySize;
    const float* values = sequence.values + cache * a.heads.cachedValueSize();
    Query queries[ROWS];
    const float* vectors[ROWS];
    Softmax all[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
        queries[r] = queryAt(a.heads, a.window, sequence, kvHead, first + warpIndex() * ROWS + r);
        vectors[r] = queries[r].exists ? queryVector(a, queries[r]) : 0;
        all[r].clear();
    }
    int begin = queryAt(a.heads, a.window, sequence, kvHead, first).start;
    int end = 1 + queryAt(a.heads, a.window, sequence, kvHead, min(first + WARPS * ROWS, sequence.tokens * group) - 1).position;
    int own = blockIdx.z / sequences.count;
    for (int part = a.parts ? own : begin / PART; part * PART < end && (!a.parts || part == own); part++) {
        Softmax ofPart[ROWS];
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            ofPart[r].clear();
        }
        for (int tile = part * PART; tile < min(end, (part + 1) * PART); tile += WARP) {
            if (tile + WARP <= begin) {
                continue;
            }
            float found[ROWS];
            Following tileKeys{keys + (long long) tile * a.heads.keySize, a.heads.keySize, end - tile};
            tileProducts<ROWS>(tileKeys, vectors, a.heads.keySize, found);
#pragma unroll
            for (int r = 0; r < ROWS; r++) {
                if (queries[r].exists && tile <= queries[r].position && tile + WARP > queries[r].start) {
                    addTile(a, values, tile, queries[r], found[r], ofPart[r]);
                }
            }
        }
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            bool seen = part * PART <= queries[r].position && (part + 1) * PART > queries[r].start;
            if (queries[r].exists && seen) {
                if (a.parts) {
                    keep(a, part, queries[r], ofPart[r]);
                } else {
                    all[r].merge(ofPart[r]);
                }
            }
        }
    }
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
        if (queries[r].exists && !a.parts) {
            finish(a, queries[r], all[r]);
        }
    }
}

// Merges the parts of each query, a warp each. Blocks: (queries of a row / WARPS, rows).
__device__ inline void mergeParts(const Attention& a, const Sequences& sequences) {
    int head = blockIdx.x * WARPS + warpIndex();
    if (head >= a.heads.queries) {
        return;
    }
    int row = blockIdx.y;
    Sequence sequence = sequences.at(sequences.of(row));
    int group = a.heads.queries / a.heads.keyValues;
    Query query = queryAt(a.heads, a.window, sequence, head / group, (row - sequence.row) * group + head % group);
    Softmax all;
    all.clear();
    for (int part = query.start / PART; part * PART <= query.position; part++) {
        const float* from = partialOf(a, part, query);
        Softmax ofPart;
        ofPart.largest = from[a.heads.valueSize];
        ofPart.weights = from[a.heads.valueSize + 1];
#pragma unroll
        for (int s = 0; s < SLOTS; s++) {
            int i = laneIndex() + WARP * s;
            ofPart.sums[s] = i < a.heads.valueSize ? from[i] : 0;
        }
        all.merge(ofPart);
    }
    finish(a, query, all);
}

#define ATTENTION_ARGUMENTS \
    Sequences sequences, Heads heads, float scale, int window, const float *qkv, float *out, const float *biases, \
            long long biasColumns, const float *sinks, float *partial, int parts, long long rows
#define ATTENTION \
    Attention { heads, scale, window, qkv, out, biases, biasColumns, sinks, partial, parts, rows }

extern "C" __global__ void __launch_bounds__(THREADS) attendOne(ATTENTION_ARGUMENTS) {
    attend<1>(ATTENTION, sequences);
}

extern "C" __global__ void __launch_bounds__(THREADS) attendMany(ATTENTION_ARGUMENTS) {
    attend<(SLOTS > 4 ? 1 : 4)>(ATTENTION, sequences);
}

extern "C" __global__ void __launch_bounds__(THREADS) merge(ATTENTION_ARGUMENTS) {
    mergeParts(ATTENTION, sequences);
}
