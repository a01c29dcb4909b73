// Plain copying; a thread a number.

// What the host puts somewhere with the arguments of a launch; Operation.java knows the size.
struct Numbers {
    int numbers[112];
};

// One block of a thread for each of count numbers, and more.
extern "C" __global__ void put(int* to, const __grid_constant__ Numbers from, int count) {
    if (threadIdx.x < count) {
        to[threadIdx.x] = from.numbers[threadIdx.x];
    }
}

// Vectors of size numbers, rows of them a head: number i is element i % size of row i / size % rows of a head. Strides are in numbers.
extern "C" __global__ void copyHeads(const float* from, long long fromHead, long long fromRow, float* to, long long toHead,
        long long toRow, long long count, long long rows, int size) {
    long long i = globalIndex();
    if (i < count) {
        long long head = i / size / rows;
        long long row = i / size % rows;
        to[head * toHead + row * toRow + i % size] = from[head * fromHead + row * fromRow + i % size];
    }
}

// Row rows[r] of x becomes row r of out (.., columns); count is out's.
extern "C" __global__ void gatherRows(const float* x, const int* rows, float* out, long long count, long long columns) {
    long long i = globalIndex();
    if (i < count) {
        out[i] = x[rows[i / columns] * columns + i % columns];
    }
}
