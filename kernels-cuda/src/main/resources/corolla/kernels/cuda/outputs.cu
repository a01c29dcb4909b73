// What products share: many sums over a warp at once, and where their results go.

// Outputs that a warp makes at a time.
#define OUTPUTS 4

// COUNT sums over a warp at once, COUNT a power of two: at each step a lane gives away the half that its partner keeps. Value v ends
// in the lanes from v * 32 / COUNT on, or, where there are more values than lanes, COUNT / 32 of them in each.
template <int COUNT, class T>
__device__ inline void sumOverWarp(T* values) {
    int held = COUNT;
#pragma unroll
    for (int bits = WARP / 2; bits > 0; bits /= 2) {
        bool upper = laneIndex() & bits;
        if (held > 1) {
            held /= 2;
#pragma unroll
            for (int i = 0; i < COUNT / 2; i++) {
                if (i < held) {
                    T given = upper ? values[i] : values[i + held];
                    T kept = upper ? values[i + held] : values[i];
                    values[i] = kept + __shfl_xor_sync(WHOLE_WARP, given, bits);
                }
            }
        } else {
            values[0] += __shfl_xor_sync(WHOLE_WARP, values[0], bits);
        }
    }
}

// What a lane holds after sumOverWarp<COUNT>: values from first on, and whether it is the one to write them.
template <int COUNT>
struct Held {
    static const int values = COUNT > WARP ? COUNT / WARP : 1;
    static const int lanes = COUNT > WARP ? 1 : WARP / COUNT;

    static __device__ inline int first() {
        return laneIndex() / lanes * values;
    }

    static __device__ inline bool writes() {
        return laneIndex() % lanes == 0;
    }
};

// Where products go: column + output of a row of so many columns, over what is there or added to it.
struct Target {
    float* y;
    long long columns;
    long long column;
    int add;

    __device__ inline void put(long long row, long long output, float value) const {
        float* to = y + row * columns + column + output;
        *to = add ? *to + value : value;
    }
};
