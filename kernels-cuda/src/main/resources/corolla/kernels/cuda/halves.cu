// f32 as sums of two bf16, high + low, both rounded to nearest: at most 2^-17 of a number is lost, and nothing of one of sixteen
// significant bits. NaN and infinities stay so in the high half, whose low half is zero.

// Numbers from 2^127 on, infinities and NaN: rounded up they might become infinite, so they are cut off.
#define HUGE_BITS 0x7f000000u

// The upper 16 bits of the bf16 next to the value.
__device__ inline unsigned nearestHalf(float value) {
    unsigned bits = __float_as_uint(value);
    unsigned magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) {
        return bits >> 16 | 0x40; // quiet: what makes it a NaN may lie in the lower bits
    }
    return (magnitude >= HUGE_BITS ? bits : bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

struct Halves {
    unsigned high;
    unsigned low;
};

__device__ inline Halves splitFloat(float value) {
    unsigned high = nearestHalf(value);
    bool finite = (high & 0x7f80) != 0x7f80;
    return {high, finite ? nearestHalf(value - bfloatToFloat(high)) : 0};
}
