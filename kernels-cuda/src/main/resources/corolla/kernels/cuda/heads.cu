// How heads and caches lie, and products of many vectors: what rotation and attention, forward and backward, share. Letters: K is the
// size of a key, V that of a value, P that of a cache.

struct Sequence {
    int row; // its first row in qkv and out
    int tokens;
    int position; // tokens that its cache held before
    int positionsMax; // P
    float* keys; // (key/value heads, P, K)
    float* values; // (key/value heads, P, V), or keys where they hold values
};

// The sequences of a call. One alone comes with the arguments.
struct Sequences {
    const Sequence* many; // null where there is one
    Sequence one;
    int count;

    __device__ inline Sequence at(int index) const {
        return many ? many[index] : one;
    }

    // The index of a row's sequence: the last that begins at it or before.
    __device__ inline int of(int row) const {
        int low = 0;
        int high = count;
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (many[middle].row <= row) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }
};

// How heads lie in a row: all queries, all keys, all values.
struct Heads {
    int queries;
    int keyValues;
    int keySize;
    int valueSize;
    int ownValues; // 0 where the last valueSize elements of a key are its value

    __device__ inline int count() const {
        return queries + (ownValues ? 2 : 1) * keyValues;
    }

    __device__ inline long long column(int head) const {
        int values = max(0, head - queries - keyValues);
        return (long long) (head - values) * keySize + (long long) values * valueSize;
    }

    __device__ inline int cachedValueSize() const {
        return ownValues ? valueSize : keySize;
    }

    __device__ inline int valueStart() const {
        return ownValues ? 0 : keySize - valueSize;
    }
};

// A query of a key/value head, counted token after token, and of each token the heads that share the key.
struct Query {
    bool exists;
    int row;
    int head;
    int position;
    int start; // the first position that it sees
};

__device__ inline Query queryAt(const Heads& heads, int window, const Sequence& sequence, int kvHead, int index) {
    int group = heads.queries / heads.keyValues;
    int token = index / group;
    Query query;
    query.exists = token < sequence.tokens;
    query.row = sequence.row + token;
    query.head = kvHead * group + index % group;
    query.position = sequence.position + token;
    query.start = max(0, query.position - window + 1);
    return query;
}

#define DIMENSIONS 64 // elements of vectors in shared memory at a time
#define PADDED (DIMENSIONS + 4) // so that 32 lanes read from different banks

// 32 vectors that follow each other, as far as there are so many.
struct Following {
    const float* first;
    long long stride;
    int count;

    __device__ inline const float* at(int index) const {
        return index < count ? first + index * stride : 0;
    }
};

// Four elements of a vector from k on, zeros after its end or where there is no vector. In one load where they lie so.
__device__ inline float4 fourElements(const float* vector, int k, int size) {
    float4 four = {0, 0, 0, 0};
    bool there = vector && k < size;
    bool whole = (unsigned long long) (vector + k) % sizeof(float4) == 0 && k + 4 <= size;
    if (there && whole) {
        four = *(const float4*) (vector + k);
    }
    if (there && !whole) {
        four.x = vector[k];
        four.y = k + 1 < size ? vector[k + 1] : 0;
        four.z = k + 2 < size ? vector[k + 2] : 0;
        four.w = k + 3 < size ? vector[k + 3] : 0;
    }
    return four;
}

// Products of a warp's ROWS vectors with 32 vectors, one a lane; all threads of the block come here together, with the same 32. A warp may have
// fewer vectors, null where there is none, and none after the first null. Vectors that are not there are zeros. Sums run over ascending elements.
template <int ROWS, class Vectors>
__device__ inline void tileProducts(const Vectors& lanes, const float* const* rows, int size, float* out) {
    __shared__ float laneTile[WARP * PADDED];
    __shared__ float rowTile[WARPS * ROWS * DIMENSIONS];
    const int fours = DIMENSIONS / 4;
    const int loads = WARP * fours / THREADS;
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
        out[r] = 0;
    }
    for (int from = 0; from < size; from += DIMENSIONS) {
        float4 loaded[loads]; // all on their way before the block waits
#pragma unroll
        for (int i = 0; i < loads; i++) {
            int four = threadIdx.x + THREADS * i;
            loaded[i] = fourElements(lanes.at(four / fours), from + 4 * (four % fours), size);
        }
        __syncthreads(); // the tile before may still be read
#pragma unroll
        for (int i = 0; i < loads; i++) {
            int four = threadIdx.x + THREADS * i;
            *(float4*) (laneTile + four / fours * PADDED + 4 * (four % fours)) = loaded[i];
        }
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            for (int k = laneIndex(); k < DIMENSIONS; k += WARP) {
                rowTile[(warpIndex() * ROWS + r) * DIMENSIONS + k] = rows[r] && from + k < size ? rows[r][from + k] : 0;
            }
        }
        __syncthreads();
        for (int k = 0; k < DIMENSIONS && rows[0]; k += 4) { // a token alone leaves most warps without a query
            float4 lane = *(const float4*) (laneTile + laneIndex() * PADDED + k);
#pragma unroll
            for (int r = 0; r < ROWS; r++) {
                float4 row = *(const float4*) (rowTile + (warpIndex() * ROWS + r) * DIMENSIONS + k);
                out[r] = fmaf(row.x, lane.x, out[r]);
                out[r] = fmaf(row.y, lane.y, out[r]);
                out[r] = fmaf(row.z, lane.z, out[r]);
                out[r] = fmaf(row.w, lane.w, out[r]);
            }
        }
    }
}
