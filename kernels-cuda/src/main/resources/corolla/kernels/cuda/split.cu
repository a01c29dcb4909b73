// Rows of activations as bf16 halves for products on tensor cores, and the sums of the two results.

// Columns column ... column + count of the rows of x (rows, columns): high halves (paddedRows, stride), and below them, where it is
// wanted, low ones. Zeros after the last column and the last row. A thread a number.
extern "C" __global__ void splitHalves(const float* x, long long columns, long long column, long long count, long long rows,
        long long paddedRows, long long stride, int low, unsigned short* out) {
    long long i = globalIndex();
    if (i < paddedRows * stride) {
        long long row = i / stride;
        long long k = i % stride;
        Halves halves = splitFloat(k < count && row < rows ? x[row * columns + column + k] : 0);
        out[i] = (unsigned short) halves.high;
        if (low) {
            out[paddedRows * stride + i] = (unsigned short) halves.low;
        }
    }
}

// y = (or += with add) the sum of sums' upper and lower rows: sums (2 * paddedRows, stride), of which rows and count columns are meant.
extern "C" __global__ void sumHalves(const float* sums, long long rows, long long paddedRows, long long stride, long long count, float* y,
        long long yColumns, long long yColumn, int add) {
    long long i = globalIndex();
    if (i < rows * count) {
        long long row = i / count;
        long long k = i % count;
        float sum = sums[row * stride + k] + sums[(paddedRows + row) * stride + k];
        float* to = y + row * yColumns + yColumn + k;
        *to = add ? *to + sum : sum;
    }
}
