// Adds up the partial sums of transposed products, slice after slice.

// out (count) = the sum of partial (slices, count).
extern "C" __global__ void sumSlices(const float* partial, float* out, int slices, long long count) {
    long long i = globalIndex();
    if (i < count) {
        float sum = 0;
        for (int slice = 0; slice < slices; slice++) {
            sum += partial[slice * count + i];
        }
        out[i] = sum;
    }
}
