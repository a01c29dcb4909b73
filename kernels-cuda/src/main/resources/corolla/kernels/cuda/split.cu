// Rows of activations as bf16 halves for products on tensor cores, and the sums of the two results.

// Columns column ... column + count of the rows of x (rows, columns): high halves (rows, padded), and below them, where it is wanted,
// low ones. Zeros after the last column. A thread a number.
extern "C" __global__ void splitHalves(const float* x, long long columns, long long column, long long count, long long rows,
        long long padded, int low, unsigned short* out) {
    long long i = globalIndex();
    if (i < rows * padded) {
        long long k = i % padded;
        Halves halves = splitFloat(k < count ? x[i / padded * columns + column + k] : 0);
        out[i] = (unsigned short) halves.high;
        if (low) {
            out[rows * padded + i] = (unsigned short) halves.low;
        }
    }
}

// y = (or += with add) the sum of sums' upper and lower rows: sums (2 * rows, stride), of which count columns are meant.
extern "C" __global__ void sumHalves(const float* sums, long long rows, long long stride, long long count, float* y,
        long long yColumns, long long yColumn, int add) {
    long long i = globalIndex();
    if (i < rows * count) {
        long long row = i / count;
        long long k = i % count;
        float sum = sums[row * stride + k] + sums[(rows + row) * stride + k];
        float* to = y + row * yColumns + yColumn + k;
        *to = add ? *to + sum : sum;
    }
}
