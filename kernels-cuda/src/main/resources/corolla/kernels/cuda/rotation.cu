// Head norms and rotary embedding (RoFormer, equation 34), forward and backward; a warp a head.

// Normalises a head in place; a warp a head.
__device__ inline void normHead(float* head, const float* weight, int size, float epsilon) {
    float squares = 0;
    for (int i = laneIndex(); i < size; i += WARP) {
        squares = fmaf(head[i], head[i], squares);
    }
    float inverse = 1 / sqrtf(warpSum(squares) / size + epsilon);
    for (int i = laneIndex(); i < size; i += WARP) {
        head[i] = head[i] * inverse * weight[i];
    }
    __syncwarp();
}

// Turns pairs (i, i + rotated / 2), or neighbours (2 i, 2 i + 1), by their angle at a position; the rest goes over as it is.
__device__ inline void turnHead(const float* from, float* to, int size, const float* cosines, const float* sines, int rotated,
        int neighbours) {
    for (int pair = laneIndex(); pair < rotated / 2; pair += WARP) {
        int first = neighbours ? 2 * pair : pair;
        int second = neighbours ? 2 * pair + 1 : pair + rotated / 2;
        float a = from[first];
        float b = from[second];
        to[first] = a * cosines[pair] - b * sines[pair];
        to[second] = b * cosines[pair] + a * sines[pair];
    }
    for (int i = rotated + laneIndex(); i < size; i += WARP) {
        to[i] = from[i];
    }
}

// A warp a head: queries in place, keys and values into the cache. Blocks: (heads / WARPS, rows).
extern "C" __global__ void __launch_bounds__(THREADS) rotate(Sequences sequences, Heads heads, float* qkv,
        const float* cosines, const float* sines, int rotated, int neighbours, const float* queryNorm, const float* keyNorm,
        float epsilon) {
    int row = blockIdx.y + gridDim.y * blockIdx.z;
    int head = blockIdx.x * WARPS + warpIndex();
    Sequence last = sequences.at(sequences.count - 1);
    if (head >= heads.count() || row >= last.row + last.tokens) {
        return;
    }
    Sequence sequence = sequences.at(sequences.of(row));
    long long position = sequence.position + row - sequence.row;
    float* from = qkv + row * heads.column(heads.count()) + heads.column(head);
    bool isQuery = head < heads.queries;
    bool isKey = !isQuery && head < heads.queries + heads.keyValues;
    if ((isQuery || isKey) && queryNorm) {
        normHead(from, isQuery ? queryNorm : keyNorm, heads.keySize, epsilon);
    }
    const float* cosine = cosines + position * (rotated / 2);
    const float* sine = sines + position * (rotated / 2);
    long long place = (head - heads.queries) % heads.keyValues * (long long) sequence.positionsMax + position;
    if (isQuery) {
        turnHead(from, from, heads.keySize, cosine, sine, rotated, neighbours);
    } else if (isKey) {
        turnHead(from, sequence.keys + place * heads.keySize, heads.keySize, cosine, sine, rotated, neighbours);
    } else {
        for (int i = laneIndex(); i < heads.valueSize; i += WARP) {
            sequence.values[place * heads.valueSize + i] = from[i];
        }
    }
}

// The gradient of queries and keys turned back in place, and taken back through the norm of heads: with g = dy w and
// r = 1 / sqrt(mean(x^2) + epsilon), dx = r g - r^3 x mean(g x). Sequences begin at position 0. Blocks: (heads / WARPS, rows).
extern "C" __global__ void __launch_bounds__(THREADS) rotateBackward(Sequences sequences, Heads heads, float* dQkv,
        const float* unnormed, const float* cosines, const float* sines, int rotated, int neighbours, const float* queryNorm,
        const float* keyNorm, float epsilon) {
    int row = blockIdx.y + gridDim.y * blockIdx.z;
    int head = blockIdx.x * WARPS + warpIndex();
    Sequence last = sequences.at(sequences.count - 1);
    if (head >= heads.queries + heads.keyValues || row >= last.row + last.tokens) {
        return;
    }
    long long position = row - sequences.at(sequences.of(row)).row;
    long long at = row * heads.column(heads.count()) + heads.column(head);
    float* gradient = dQkv + at;
    for (int pair = laneIndex(); pair < rotated / 2; pair += WARP) {
        int first = neighbours ? 2 * pair : pair;
        int second = neighbours ? 2 * pair + 1 : pair + rotated / 2;
        float cosine = cosines[position * (rotated / 2) + pair];
        float sine = sines[position * (rotated / 2) + pair];
        float a = gradient[first];
        float b = gradient[second];
        gradient[first] = a * cosine + b * sine; // the inverse of a rotation is its transpose
        gradient[second] = b * cosine - a * sine;
    }
    if (!queryNorm) {
        return;
    }
    __syncwarp();
    const float* x = unnormed + at;
    const float* weight = head < heads.queries ? queryNorm : keyNorm;
    float squares = 0;
    float product = 0;
    for (int i = laneIndex(); i < heads.keySize; i += WARP) {
        squares = fmaf(x[i], x[i], squares);
        product = fmaf(x[i], gradient[i] * weight[i], product);
    }
    float inverse = 1 / sqrtf(warpSum(squares) / heads.keySize + epsilon);
    float along = inverse * inverse * inverse * (warpSum(product) / heads.keySize);
    for (int i = laneIndex(); i < heads.keySize; i += WARP) {
        gradient[i] = inverse * (gradient[i] * weight[i]) - along * x[i];
    }
}
