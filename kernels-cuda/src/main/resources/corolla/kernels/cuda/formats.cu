// How weights lie in device memory: planes, each with one kind of number of all rows, re-packed when a matrix is made, so that every
// load is aligned and neighbouring lanes read neighbouring words. A chunk is 8 columns, which a lane decodes at once to what
// corolla.tensor.quant says they are, bit for bit. Rows are padded to whole chunks. One format a module: FORMAT names it.

#define CHUNK 8

struct Planes {
    const unsigned char* codes; // of all columns: floats, halves, bytes, or the low four bits
    const unsigned char* high; // further bits of codes, a byte or two a chunk
    const unsigned char* scales; // of groups of columns, or of rows
    const unsigned char* outer; // scales of scales
    long long chunks; // of a row
};

template <class T>
__device__ inline T at(const unsigned char* plane, long long index) {
    return ((const T*) plane)[index];
}

__device__ inline void splitNibbles(unsigned word, int* codes) {
#pragma unroll
    for (int i = 0; i < CHUNK; i++) {
        codes[i] = word >> 4 * i & 15;
    }
}

__device__ inline void splitBytes(uint2 words, int* codes) {
#pragma unroll
    for (int i = 0; i < CHUNK; i++) {
        codes[i] = (signed char) ((i < 4 ? words.x : words.y) >> 8 * (i % 4));
    }
}

// Formats without a table.
struct Direct {
    static __device__ inline void prepare() {}
};

struct F32 : Direct {
    static __device__ inline void load(const Planes& w, long long row, long long chunk, float* out) {
        float4 first = at<float4>(w.codes, 2 * (row * w.chunks + chunk));
        float4 second = at<float4>(w.codes, 2 * (row * w.chunks + chunk) + 1);
        out[0] = first.x, out[1] = first.y, out[2] = first.z, out[3] = first.w;
        out[4] = second.x, out[5] = second.y, out[6] = second.z, out[7] = second.w;
    }
};

struct BF16 : Direct {
    static __device__ inline void load(const Planes& w, long long row, long long chunk, float* out) {
        uint4 words = at<uint4>(w.codes, row * w.chunks + chunk);
        unsigned all[] = {words.x, words.y, words.z, words.w};
#pragma unroll
        for (int i = 0; i < 4; i++) {
            out[2 * i] = __uint_as_float(all[i] << 16);
            out[2 * i + 1] = __uint_as_float(all[i] & 0xffff0000);
        }
    }
};

struct F16 : Direct {
    static __device__ inline void load(const Planes& w, long long row, long long chunk, float* out) {
        uint4 words = at<uint4>(w.codes, row * w.chunks + chunk);
        unsigned all[] = {words.x, words.y, words.z, words.w};
#pragma unroll
        for (int i = 0; i < 4; i++) {
            out[2 * i] = halfToFloat(all[i] & 0xffff);
            out[2 * i + 1] = halfToFloat(all[i] >> 16);
        }
    }
};

// A float scale a row.
struct INT8 : Direct {
    static __device__ inline void load(const Planes& w, long long row, long long chunk, float* out) {
        int codes[CHUNK];
        splitBytes(at<uint2>(w.codes, row * w.chunks + chunk), codes);
        float scale = at<float>(w.scales, row);
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            out[i] = scale * codes[i];
        }
    }
};

// A half for 32 columns.
struct Q8_0 : Direct {
    static __device__ inline void load(const Planes& w, long long row, long long chunk, float* out) {
        int codes[CHUNK];
        splitBytes(at<uint2>(w.codes, row * w.chunks + chunk), codes);
        float scale = halfToFloat(at<unsigned short>(w.scales, (row * w.chunks + chunk) / 4));
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            out[i] = scale * codes[i];
        }
    }
};

struct Q4_0 : Direct {
    static __device__ inline void load(const Planes& w, long long row, long long chunk, float* out) {
        int codes[CHUNK];
        splitNibbles(at<unsigned>(w.codes, row * w.chunks + chunk), codes);
        float scale = halfToFloat(at<unsigned short>(w.scales, (row * w.chunks + chunk) / 4));
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            out[i] = scale * (codes[i] - 8);
        }
    }
};

// Scale and minimum, two halves, for 32 columns.
struct Q4_1 : Direct {
    static __device__ inline void load(const Planes& w, long long row, long long chunk, float* out) {
        int codes[CHUNK];
        splitNibbles(at<unsigned>(w.codes, row * w.chunks + chunk), codes);
        unsigned both = at<unsigned>(w.scales, (row * w.chunks + chunk) / 4);
        float scale = halfToFloat(both & 0xffff);
        float minimum = halfToFloat(both >> 16);
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            out[i] = scale * codes[i] + minimum;
        }
    }
};

// Two bytes, factors of scale and minimum, for 32 columns; two halves, which they multiply, for 256.
__device__ inline void scaleK(const Planes& w, long long chunk, const int* codes, float* out) {
    unsigned factors = at<unsigned short>(w.scales, chunk / 4);
    unsigned units = at<unsigned>(w.outer, chunk / 32);
    float scale = halfToFloat(units & 0xffff) * (factors & 0xff);
    float minimum = halfToFloat(units >> 16) * (factors >> 8);
#pragma unroll
    for (int i = 0; i < CHUNK; i++) {
        out[i] = scale * codes[i] - minimum;
    }
}

struct Q4_K : Direct {
    static __device__ inline void load(const Planes& w, long long row, long long chunk, float* out) {
        int codes[CHUNK];
        splitNibbles(at<unsigned>(w.codes, row * w.chunks + chunk), codes);
        scaleK(w, row * w.chunks + chunk, codes, out);
    }
};

struct Q5_K : Direct {
    static __device__ inline void load(const Planes& w, long long row, long long chunk, float* out) {
        int codes[CHUNK];
        splitNibbles(at<unsigned>(w.codes, row * w.chunks + chunk), codes);
        unsigned high = w.high[row * w.chunks + chunk];
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            codes[i] |= (high >> i & 1) << 4;
        }
        scaleK(w, row * w.chunks + chunk, codes, out);
    }
};

// A signed byte for 16 columns; a half, which it multiplies, for 256.
struct Q6_K : Direct {
    static __device__ inline void load(const Planes& w, long long row, long long chunk, float* out) {
        long long index = row * w.chunks + chunk;
        int codes[CHUNK];
        splitNibbles(at<unsigned>(w.codes, index), codes);
        unsigned high = at<unsigned short>(w.high, index);
        float scale = halfToFloat(at<unsigned short>(w.outer, index / 32)) * at<signed char>(w.scales, index / 2);
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            out[i] = scale * ((int) (codes[i] | (high >> 2 * i & 3) << 4) - 32);
        }
    }
};

// What the sixteen codes of a format stand for, where that is not a number to scale.
__shared__ float table[16];

// Fills the table; all threads of a block come here before the first load.
__device__ inline void fillTable(const float* values) {
    if (threadIdx.x < 16) {
        table[threadIdx.x] = values[threadIdx.x];
    }
    __syncthreads();
}

// An exponent for 32 columns; 0 is 2^-127, which is subnormal, and 255 infinite.
__constant__ float floatsOfFourBits[16] = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, 0, -0.5f, -1, -1.5f, -2, -3, -4, -6};

struct MXFP4 {
    static __device__ inline void prepare() {
        fillTable(floatsOfFourBits);
    }

    static __device__ inline void load(const Planes& w, long long row, long long chunk, float* out) {
        int codes[CHUNK];
        splitNibbles(at<unsigned>(w.codes, row * w.chunks + chunk), codes);
        unsigned exponent = w.scales[(row * w.chunks + chunk) / 4];
        float scale = __uint_as_float(exponent == 0 ? 0x00400000 : exponent << 23);
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            out[i] = scale * table[codes[i]];
        }
    }
};

// A signed byte for 64 columns; mean and step of 256 of those. The points are those of corolla.tensor.NormalFloat.
__constant__ float normalPoints[16] = {-1.0f, -0.6961928f, -0.52507305f, -0.3949175f, -0.28444138f, -0.18477343f,
        -0.091050036f, 0.0f, 0.0795803f, 0.1609302f, 0.2461123f, 0.33791524f, 0.44070983f, 0.562617f, 0.72295684f, 1.0f};

struct NF4 {
    static __device__ inline void prepare() {
        fillTable(normalPoints);
    }

    static __device__ inline void load(const Planes& w, long long row, long long chunk, float* out) {
        int codes[CHUNK];
        splitNibbles(at<unsigned>(w.codes, row * w.chunks + chunk), codes);
        long long blocks = (w.chunks + 7) / 8;
        float2 group = at<float2>(w.outer, row * ((blocks + 255) / 256) + chunk / 8 / 256);
        float scale = fmaf(group.y, at<signed char>(w.scales, row * blocks + chunk / 8), group.x);
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            out[i] = scale * table[codes[i]];
        }
    }
};
