// What all kernels share; stands before each source. Plain CUDA C++ without a header, for NVRTC; the tests compile the same text
// with g++. Blocks have THREADS threads unless a kernel says otherwise. Products and sums are not contracted
// (--fmad=false): where a fused multiply-add is meant it is written, so that results are those of the formula on every device.

#define WARP 32
#define THREADS 256
#define WARPS (THREADS / WARP)
#define WHOLE_WARP 0xffffffffu
#define MINUS_INFINITY __uint_as_float(0xff800000)

__device__ inline int laneIndex() {
    return threadIdx.x % WARP;
}

__device__ inline int warpIndex() {
    return threadIdx.x / WARP;
}

__device__ inline long long globalIndex() {
    return (long long) blockIdx.x * THREADS + threadIdx.x;
}

// The sum over a warp, the same bits in every lane.
__device__ inline float warpSum(float value) {
    for (int bits = WARP / 2; bits > 0; bits /= 2) {
        value += __shfl_xor_sync(WHOLE_WARP, value, bits);
    }
    return value;
}

__device__ inline float warpMax(float value) {
    for (int bits = WARP / 2; bits > 0; bits /= 2) {
        value = fmaxf(value, __shfl_xor_sync(WHOLE_WARP, value, bits));
    }
    return value;
}

// The sum over a block of THREADS threads, the same bits in every thread.
__device__ inline float blockSum(float value) {
    __shared__ float sums[WARPS];
    value = warpSum(value);
    __syncthreads(); // an earlier sum may still be read
    if (laneIndex() == 0) {
        sums[warpIndex()] = value;
    }
    __syncthreads();
    float sum = 0;
    for (int warp = 0; warp < WARPS; warp++) {
        sum += sums[warp];
    }
    return sum;
}

__device__ inline float blockMax(float value) {
    __shared__ float largest[WARPS];
    value = warpMax(value);
    __syncthreads(); // an earlier one may still be read
    if (laneIndex() == 0) {
        largest[warpIndex()] = value;
    }
    __syncthreads();
    float all = largest[0];
    for (int warp = 1; warp < WARPS; warp++) {
        all = fmaxf(all, largest[warp]);
    }
    return all;
}

__device__ inline float halfToFloat(unsigned bits) {
#ifdef __CUDA_ARCH__
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"((unsigned short) bits));
    return value;
#else
    unsigned magnitude = (bits & 0x7fff) << 13;
    float value = (bits & 0x7c00) == 0x7c00 ? __uint_as_float(magnitude | 0x7f800000)
                                            : __uint_as_float(magnitude) * __uint_as_float(0x77800000); // 2^112
    return bits & 0x8000 ? -value : value;
#endif
}

__device__ inline float bfloatToFloat(unsigned bits) {
    return __uint_as_float(bits << 16);
}

// Four of the eight bytes of low and high, by the selector's low four nibbles: the lowest names the result's lowest byte. A nibble with its bit
// 3 set gives not the byte but 8 times its highest bit: PTX's prmt.
__device__ inline unsigned permute(unsigned low, unsigned high, unsigned selector) {
#ifdef __CUDA_ARCH__
    unsigned result;
    asm("prmt.b32 %0, %1, %2, %3;" : "=r"(result) : "r"(low), "r"(high), "r"(selector));
    return result;
#else
    unsigned result = 0;
    for (int i = 0; i < 4; i++) {
        unsigned nibble = selector >> 4 * i & 15;
        unsigned byte = ((nibble & 4) ? high : low) >> 8 * (nibble & 3) & 0xff;
        result |= (nibble < 8 ? byte : byte >= 0x80 ? 0xff : 0) << 8 * i;
    }
    return result;
#endif
}
