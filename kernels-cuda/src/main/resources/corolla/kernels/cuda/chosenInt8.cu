// The products of chosen.cu in LLM.int8: those of int8.cu, whose block finds its rows and weights in a job.

#define CHOSEN_ARGUMENTS const ExpertPlanes *experts, const Job *jobs, long long outputs, const float *x, const signed char *numbers, \
            const float *scales, const int *outliers, const int *counts, int same, int columns, float *y, long long yColumns, \
            long long yColumn, int add

template <int ROWS>
__device__ inline void multiplyChosen(CHOSEN_ARGUMENTS) {
    Job job = jobs[blockIdx.y];
    if (job.rows == 0) {
        return; // the same in all threads
    }
    ExpertPlanes expert = experts[job.expert];
    long long padded = (columns + 7LL) / 8 * 8;
    long long first = (long long) blockIdx.y * ROWS; // the row that multiplyMixed begins at
    long long by = (same ? 0 : job.place) - first;
    MixedRows in{x + by * columns, numbers + by * padded, scales + by, outliers + by * columns, counts + by, columns, first + job.rows};
    multiplyMixed<ROWS>((const signed char*) expert.codes, (const float*) expert.scales, outputs, in,
            Target{y + (job.place - first) * yColumns, yColumns, yColumn, add});
}

extern "C" __global__ void __launch_bounds__(THREADS) chosen1(CHOSEN_ARGUMENTS) {
    multiplyChosen<1>(
            experts, jobs, outputs, x, numbers, scales, outliers, counts, same, columns, y, yColumns, yColumn, add);
}

extern "C" __global__ void __launch_bounds__(THREADS) chosen4(CHOSEN_ARGUMENTS) {
    multiplyChosen<4>(
            experts, jobs, outputs, x, numbers, scales, outliers, counts, same, columns, y, yColumns, yColumn, add);
}
