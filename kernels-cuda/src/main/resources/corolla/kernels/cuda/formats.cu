// How weights lie in device memory: planes, each with one kind of number of all rows, re-packed when a matrix is made, so that every
// load is aligned and neighbouring lanes read neighbouring words. A chunk is 8 columns, which a lane decodes at once; its value(i) is
// what corolla.tensor.quant says, bit for bit. Rows are padded to whole chunks. One format a module: FORMAT names it.
//
// What a weight costs in instructions decides how fast one row is multiplied: an H100 issues 4.4 of them in the time in which four bits come
// from its memory. So a chunk is decoded without what can wait: its scale goes to the sum of eight products, not to eight weights, and a code of
// a few bits is not converted to a float but put into one, behind the exponent of 2^bits, which makes 2^bits + code of it in one
// instruction; what is too much, ZERO a code, is taken off the sum of the products as ZERO times the sum of the inputs, which all outputs share.

#define CHUNK 8

struct Planes {
    const unsigned char* codes; // of all columns: floats, halves, bytes, or the low four bits
    const unsigned char* high; // further bits of codes, a byte or two a chunk
    const unsigned char* scales; // of groups of columns, or of rows
    const unsigned char* outer; // scales of scales
    long long chunks; // of a row
};

// Where a row begins in each plane.
struct Row {
    const unsigned char* codes;
    const unsigned char* high;
    const unsigned char* scales;
    const unsigned char* outer;
};

// What a lane reads: the chunk, and so many times WARP chunks farther. A step is known to the compiler and becomes a part of the
// load, so that steps that are taken together share their addresses.
struct Place {
    int chunk;
    int step;
};

// The T of each CHUNKS chunks of a row, at most WARP.
template <class T, int CHUNKS>
__device__ inline T at(const unsigned char* plane, const Place& place) {
    return ((const T*) plane)[place.chunk / CHUNKS + place.step * (WARP / CHUNKS)];
}

// A decoded chunk: column i is worth scale * (codes[i] - ZERO) + minimum, without the parts that its format has not.
struct Chunk {
    float codes[CHUNK];
    float scale;
    float minimum;
};

// What formats have: nothing but codes, which are the values; a scale; a minimum.
#define PLAIN 0
#define SCALED 1
#define SHIFTED 2

template <int KIND_OF_FORMAT, int ZERO_OF_FORMAT>
struct Kind {
    static const int KIND = KIND_OF_FORMAT;
    static const int ZERO = ZERO_OF_FORMAT;
    static const bool NEEDS_INPUT_SUM = KIND == SHIFTED || ZERO != 0;

    // Fills tables, where a format has them.
    static __device__ inline void prepare() {}

    static __device__ inline float value(const Chunk& chunk, int i) {
        if (KIND == PLAIN) {
            return chunk.codes[i];
        }
        float scaled = chunk.scale * (ZERO == 0 ? chunk.codes[i] : chunk.codes[i] - ZERO);
        return KIND == SHIFTED ? scaled + chunk.minimum : scaled;
    }
};

// Byte i of a word, as it is.
__device__ inline float floatOfByte(unsigned word, int i) {
    return __uint_as_float(permute(word, 0x4b000000, 0x7440 + i)) - 8388608.0f; // 2^23 + byte, without 2^23
}

// Signed bytes, in order.
__device__ inline void splitBytes(uint2 words, float* codes) {
#pragma unroll
    for (int i = 0; i < CHUNK; i++) {
        unsigned shifted = (i < 4 ? words.x : words.y) ^ 0x80808080; // byte + 128
        codes[i] = __uint_as_float(permute(shifted, 0x4b000000, 0x7440 + i % 4)) - 8388736.0f; // without 2^23 + 128
    }
}

// The float with this upper byte and byte i of a word below it, zeros after them.
template <unsigned UPPER>
__device__ inline float floatAround(unsigned word, int i) {
    return __uint_as_float(permute(word, UPPER << 24, 0x7044 + (i << 8)));
}

// Columns 0, 2, 4, 6 and columns 1, 3, 5, 7, a byte each.
template <unsigned UPPER>
__device__ inline void floatsAround(unsigned even, unsigned odd, float* codes) {
#pragma unroll
    for (int i = 0; i < CHUNK; i++) {
        codes[i] = floatAround<UPPER>(i % 2 == 0 ? even : odd, i / 2);
    }
}

// 16 + code: 0x4180 begins 16, and four bits follow.
__device__ inline void splitNibbles(unsigned word, float* codes) {
    floatsAround<0x41>((word << 3 & 0x78787878) | 0x80808080, (word >> 1 & 0x78787878) | 0x80808080, codes);
}

struct F32 : Kind<PLAIN, 0> {
    struct Words {
        float4 first;
        float4 second;
    };

    static __device__ inline Row row(const Planes& w, long long row) {
        return {w.codes + 32 * w.chunks * row};
    }

    static __device__ inline Words load(const Row& row, const Place& place) {
        const float4* both = (const float4*) row.codes + 2 * place.chunk + 2 * WARP * place.step;
        return {both[0], both[1]};
    }

    static __device__ inline Chunk decode(const Words& w) {
        return {{w.first.x, w.first.y, w.first.z, w.first.w, w.second.x, w.second.y, w.second.z, w.second.w}};
    }
};

// 16 bits a column.
struct SixteenBits : Kind<PLAIN, 0> {
    typedef uint4 Words;

    static __device__ inline Row row(const Planes& w, long long row) {
        return {w.codes + 16 * w.chunks * row};
    }

    static __device__ inline Words load(const Row& row, const Place& place) {
        return at<uint4, 1>(row.codes, place);
    }
};

struct BF16 : SixteenBits {
    static __device__ inline Chunk decode(const Words& w) {
        unsigned all[] = {w.x, w.y, w.z, w.w};
        Chunk chunk;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            chunk.codes[2 * i] = __uint_as_float(all[i] << 16);
            chunk.codes[2 * i + 1] = __uint_as_float(all[i] & 0xffff0000);
        }
        return chunk;
    }
};

struct F16 : SixteenBits {
    static __device__ inline Chunk decode(const Words& w) {
        unsigned all[] = {w.x, w.y, w.z, w.w};
        Chunk chunk;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            chunk.codes[2 * i] = halfToFloat(all[i] & 0xffff);
            chunk.codes[2 * i + 1] = halfToFloat(all[i] >> 16);
        }
        return chunk;
    }
};

// A float scale a row.
struct INT8 : Kind<SCALED, 0> {
    struct Words {
        uint2 codes;
        float scale;
    };

    static __device__ inline Row row(const Planes& w, long long row) {
        return {w.codes + 8 * w.chunks * row, 0, w.scales + 4 * row};
    }

    static __device__ inline Words load(const Row& row, const Place& place) {
        return {at<uint2, 1>(row.codes, place), *(const float*) row.scales};
    }

    static __device__ inline Chunk decode(const Words& w) {
        Chunk chunk;
        splitBytes(w.codes, chunk.codes);
        chunk.scale = w.scale;
        return chunk;
    }
};

// A half for 32 columns.
struct Q8_0 : Kind<SCALED, 0> {
    struct Words {
        uint2 codes;
        unsigned short scale;
    };

    static __device__ inline Row row(const Planes& w, long long row) {
        return {w.codes + 8 * w.chunks * row, 0, w.scales + w.chunks / 2 * row};
    }

    static __device__ inline Words load(const Row& row, const Place& place) {
        return {at<uint2, 1>(row.codes, place), at<unsigned short, 4>(row.scales, place)};
    }

    static __device__ inline Chunk decode(const Words& w) {
        Chunk chunk;
        splitBytes(w.codes, chunk.codes);
        chunk.scale = halfToFloat(w.scale);
        return chunk;
    }
};

// Codes of four bits, and a scale of a type, for 32 columns.
template <class T>
struct Nibbles {
    unsigned codes;
    T scale;

    static __device__ inline Row row(const Planes& w, long long row) {
        return {w.codes + 4 * w.chunks * row, 0, w.scales + w.chunks / 4 * sizeof(T) * row};
    }

    static __device__ inline Nibbles load(const Row& row, const Place& place) {
        return {at<unsigned, 1>(row.codes, place), at<T, 4>(row.scales, place)};
    }
};

// A half. Codes stand for -8 to 7.
struct Q4_0 : Kind<SCALED, 16 + 8> {
    typedef Nibbles<unsigned short> Words;

    static __device__ inline Row row(const Planes& w, long long row) {
        return Words::row(w, row);
    }

    static __device__ inline Words load(const Row& row, const Place& place) {
        return Words::load(row, place);
    }

    static __device__ inline Chunk decode(const Words& w) {
        Chunk chunk;
        splitNibbles(w.codes, chunk.codes);
        chunk.scale = halfToFloat(w.scale);
        return chunk;
    }
};

// Scale and minimum, two halves.
struct Q4_1 : Kind<SHIFTED, 16> {
    typedef Nibbles<unsigned> Words;

    static __device__ inline Row row(const Planes& w, long long row) {
        return Words::row(w, row);
    }

    static __device__ inline Words load(const Row& row, const Place& place) {
        return Words::load(row, place);
    }

    static __device__ inline Chunk decode(const Words& w) {
        Chunk chunk;
        splitNibbles(w.codes, chunk.codes);
        chunk.scale = halfToFloat(w.scale & 0xffff);
        chunk.minimum = halfToFloat(w.scale >> 16);
        return chunk;
    }
};

// Two bytes, factors of scale and minimum, for 32 columns; two halves, which they multiply, for 256.
struct ScalesK {
    unsigned short factors;
    unsigned units;

    static __device__ inline ScalesK load(const Row& row, const Place& place) {
        return {at<unsigned short, 4>(row.scales, place), at<unsigned, 32>(row.outer, place)};
    }

    __device__ inline void decode(Chunk& chunk) const {
        chunk.scale = halfToFloat(units & 0xffff) * floatOfByte(factors, 0);
        chunk.minimum = -(halfToFloat(units >> 16) * floatOfByte(factors, 1));
    }
};

struct Q4_K : Kind<SHIFTED, 16> {
    struct Words {
        unsigned codes;
        ScalesK scales;
    };

    static __device__ inline Row row(const Planes& w, long long row) {
        return {w.codes + 4 * w.chunks * row, 0, w.scales + w.chunks / 2 * row, w.outer + w.chunks / 8 * row};
    }

    static __device__ inline Words load(const Row& row, const Place& place) {
        return {at<unsigned, 1>(row.codes, place), ScalesK::load(row, place)};
    }

    static __device__ inline Chunk decode(const Words& w) {
        Chunk chunk;
        splitNibbles(w.codes, chunk.codes);
        w.scales.decode(chunk);
        return chunk;
    }
};

// 32 + code: 0x42 and a zero bit begin 32, and five bits follow, the fifth from a byte with one bit a column.
struct Q5_K : Kind<SHIFTED, 32> {
    struct Words {
        unsigned codes;
        unsigned char high;
        ScalesK scales;
    };

    static __device__ inline Row row(const Planes& w, long long row) {
        return {w.codes + 4 * w.chunks * row, w.high + w.chunks * row, w.scales + w.chunks / 2 * row,
                w.outer + w.chunks / 8 * row};
    }

    static __device__ inline Words load(const Row& row, const Place& place) {
        return {at<unsigned, 1>(row.codes, place), at<unsigned char, 1>(row.high, place), ScalesK::load(row, place)};
    }

    static __device__ inline Chunk decode(const Words& w) {
        // A product spreads four bits: bit 2m goes to 2m + 6j + 6 for all j, and with j = m to bit 6 of byte m, where no other comes.
        unsigned even = (w.high & 0x55u) * 0x1041040 & 0x40404040;
        unsigned odd = (w.high & 0xaau) * 0x820820 & 0x40404040;
        Chunk chunk;
        floatsAround<0x42>((w.codes << 2 & 0x3c3c3c3c) | even, (w.codes >> 2 & 0x3c3c3c3c) | odd, chunk.codes);
        w.scales.decode(chunk);
        return chunk;
    }
};

// 64 + code, and codes stand for -32 to 31: 0x4280 begins 64, and six bits follow, two of them from a short with two bits a column. A signed
// byte for 16 columns; a half, which it multiplies, for 256.
struct Q6_K : Kind<SCALED, 64 + 32> {
    struct Words {
        unsigned codes;
        unsigned short high;
        signed char factor;
        unsigned short unit;
    };

    static __device__ inline Row row(const Planes& w, long long row) {
        return {w.codes + 4 * w.chunks * row, w.high + 2 * w.chunks * row, w.scales + w.chunks / 2 * row,
                w.outer + w.chunks / 16 * row};
    }

    static __device__ inline Words load(const Row& row, const Place& place) {
        return {at<unsigned, 1>(row.codes, place), at<unsigned short, 1>(row.high, place),
                at<signed char, 2>(row.scales, place), at<unsigned short, 32>(row.outer, place)};
    }

    // Four pairs of bits, four apart, to bits 5 and 6 of the four bytes. FACTOR moves the first one there; then the upper two go 8
    // farther, and of each two the upper one 4. What else the products hold is masked, and carries end before what is kept.
    template <unsigned FACTOR>
    static __device__ inline unsigned spread(unsigned pairs) {
        return (pairs * (FACTOR * 0x101) & 0x06600660) * 0x11 & 0x60606060;
    }

    static __device__ inline Chunk decode(const Words& w) {
        unsigned even = (w.codes << 1 & 0x1e1e1e1e) | 0x80808080 | spread<32>(w.high & 0x3333);
        unsigned odd = (w.codes >> 3 & 0x1e1e1e1e) | 0x80808080 | spread<8>(w.high & 0xcccc);
        Chunk chunk;
        floatsAround<0x42>(even, odd, chunk.codes);
        chunk.scale = halfToFloat(w.unit) * w.factor;
        return chunk;
    }
};

// An exponent for 32 columns; 0 is 2^-127, which is subnormal, and 255 infinite. Floats of four bits are 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives. With
// 6 they are five bits with a half as unit, which follow the beginning of 16, 0x4180.
struct MXFP4 : Kind<SCALED, 16 + 6> {
    typedef Nibbles<unsigned char> Words;

    static __device__ inline Row row(const Planes& w, long long row) {
        return Words::row(w, row);
    }

    static __device__ inline Words load(const Row& row, const Place& place) {
        return Words::load(row, place);
    }

    // Four codes to four bytes, 128 + 8 * (6 + value). A nibble with its sign set gives zero in the table of positive ones, since no
    // byte there has its highest bit, and the other way round.
    static __device__ inline unsigned bytes(unsigned codes, unsigned flipped) {
        return permute(0x3c383430, 0x60504840, codes) | permute(0x24282c30, 0x00101820, flipped) | 0x80808080;
    }

    static __device__ inline Chunk decode(const Words& w) {
        unsigned flipped = w.codes ^ 0x88888888;
        unsigned first = bytes(w.codes, flipped);
        unsigned second = bytes(w.codes >> 16, flipped >> 16);
        Chunk chunk;
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            chunk.codes[i] = floatAround<0x41>(i < 4 ? first : second, i % 4);
        }
        chunk.scale = __uint_as_float(max((unsigned) w.scale << 23, 0x00400000u));
        return chunk;
    }
};

// The points are those of corolla.tensor.NormalFloat.
__constant__ float normalPoints[16] = {-1.0f, -0.6961928f, -0.52507305f, -0.3949175f, -0.28444138f, -0.18477343f,
        -0.091050036f, 0.0f, 0.0795803f, 0.1609302f, 0.2461123f, 0.33791524f, 0.44070983f, 0.562617f, 0.72295684f, 1.0f};

// The same where a lane may read any: different points are in different banks.
__shared__ float points[16];

// A signed byte for 64 columns; mean and step of 256 of those.
struct NF4 : Kind<SCALED, 0> {
    struct Words {
        unsigned codes;
        signed char scale;
        float2 group;
    };

    // All threads of a block come here before the first chunk.
    static __device__ inline void prepare() {
        if (threadIdx.x < 16) {
            points[threadIdx.x] = normalPoints[threadIdx.x];
        }
        __syncthreads();
    }

    static __device__ inline Row row(const Planes& w, long long row) {
        long long blocks = (w.chunks + 7) / 8;
        return {w.codes + 4 * w.chunks * row, 0, w.scales + blocks * row,
                w.outer + (blocks + 255) / 256 * sizeof(float2) * row};
    }

    // Steps that are taken together begin at a multiple of their number, so that one group has them all.
    static __device__ inline Words load(const Row& row, const Place& place) {
        return {at<unsigned, 1>(row.codes, place), at<signed char, 8>(row.scales, place),
                ((const float2*) row.outer)[place.chunk / (8 * 256)]};
    }

    static __device__ inline Chunk decode(const Words& w) {
        unsigned even = w.codes << 2 & 0x3c3c3c3c; // where a point is in bytes, so that no address is computed
        unsigned odd = w.codes >> 2 & 0x3c3c3c3c;
        Chunk chunk;
#pragma unroll
        for (int i = 0; i < CHUNK; i++) {
            unsigned offset = permute(i % 2 == 0 ? even : odd, 0, 0x4440 + i / 2);
            chunk.codes[i] = *(const float*) ((const char*) points + offset);
        }
        chunk.scale = fmaf(w.group.y, w.scale, w.group.x);
        return chunk;
    }
};
