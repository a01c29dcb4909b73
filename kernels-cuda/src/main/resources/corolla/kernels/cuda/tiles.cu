// Weights of one FORMAT, decoded to bf16 halves for products on tensor cores. A thread a chunk.

__device__ inline void putHalves(unsigned short* to, long long chunk, const unsigned* halves) {
    uint4 packed = make_uint4(halves[0] | halves[1] << 16, halves[2] | halves[3] << 16, halves[4] | halves[5] << 16,
            halves[6] | halves[7] << 16);
    ((uint4*) to)[chunk] = packed;
}

// The first rows of a part to high (rows, chunks * 8) and, unless it is null, low; zeros after the last column.
extern "C" __global__ void __launch_bounds__(THREADS) decodeHalves(const unsigned char* codes, const unsigned char* high,
        const unsigned char* scales, const unsigned char* outer, long long rows, int columns, unsigned short* highHalves,
        unsigned short* lowHalves) {
    FORMAT::prepare();
    Planes w{codes, high, scales, outer, (columns + CHUNK - 1LL) / CHUNK};
    long long i = globalIndex();
    if (i >= rows * w.chunks) {
        return;
    }
    long long chunk = i % w.chunks;
    Chunk decoded = FORMAT::decode(FORMAT::load(FORMAT::row(w, i / w.chunks), Place{(int) chunk, 0}));
    unsigned upper[CHUNK];
    unsigned lower[CHUNK];
#pragma unroll
    for (int k = 0; k < CHUNK; k++) {
        Halves halves = splitFloat(CHUNK * chunk + k < columns ? FORMAT::value(decoded, k) : 0);
        upper[k] = halves.high;
        lower[k] = halves.low;
    }
    putHalves(highHalves, i, upper);
    if (lowHalves) {
        putHalves(lowHalves, i, lower);
    }
}
