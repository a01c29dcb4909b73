// Products with the experts that rows have chosen: those of product.cu, whose block finds its rows and weights in a job. Blocks without a
// job read nothing.

#define CHOSEN_ARGUMENTS const ExpertPlanes *experts, const Job *jobs, long long outputs, const float *x, int same, int columns, float *y, \
            long long yColumns, long long yColumn, int add

// y (places, yColumns) from x (places, columns), or from the one row of x for all places where it is the same.
template <int ROWS>
__device__ inline void multiplyChosen(CHOSEN_ARGUMENTS) {
    Job job = jobs[blockIdx.y];
    if (job.rows == 0) {
        return; // the same in all threads
    }
    ExpertPlanes expert = experts[job.expert];
    Planes w{expert.codes, expert.high, expert.scales, expert.outer, (columns + CHUNK - 1LL) / CHUNK};
    long long first = (long long) blockIdx.y * ROWS; // the row that multiply begins at
    multiply<FORMAT, ROWS>(w, outputs, x + ((same ? 0 : job.place) - first) * columns, columns, first + job.rows,
            Target{y + (job.place - first) * yColumns, yColumns, yColumn, add});
}

extern "C" __global__ void __launch_bounds__(THREADS) chosen1(CHOSEN_ARGUMENTS) {
    multiplyChosen<1>(experts, jobs, outputs, x, same, columns, y, yColumns, yColumn, add);
}

extern "C" __global__ void __launch_bounds__(THREADS) chosen4(CHOSEN_ARGUMENTS) {
    multiplyChosen<4>(experts, jobs, outputs, x, same, columns, y, yColumns, yColumn, add);
}
