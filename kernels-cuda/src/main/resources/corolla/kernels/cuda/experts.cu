// Mixtures of experts beside their products: rows sorted by expert go back to their batch, and what that means for gradients.

// y[row] = sum of weight * sorted[place] over a row's choices, in their order, after what is there if it is to be added. A thread an element
// of y (rows, columns); places and weights are (rows, choices), weights null for 1.
extern "C" __global__ void combine(const float* sorted, const int* places, const float* weights, float* y, long long count,
        long long columns, int choices, int add) {
    long long i = globalIndex();
    if (i >= count) {
        return;
    }
    long long row = i / columns;
    float sum = add ? y[i] : 0;
    for (int choice = 0; choice < choices; choice++) {
        float value = sorted[places[row * choices + choice] * columns + i % columns];
        sum += weights ? weights[row * choices + choice] * value : value;
    }
    y[i] = sum;
}

// A block a place: gradients[place] = inner dInner, plus the bias of its expert times dSorted where there are biases (experts, outputs);
// then dInner is multiplied by the place's weight.
extern "C" __global__ void __launch_bounds__(THREADS) combineBackward(const float* inner, float* dInner, long long innerSize,
        const float* biases, const int* experts, const float* dSorted, long long outputs, const float* weights, float* gradients) {
    long long place = blockIdx.x;
    float sum = 0;
    for (long long k = threadIdx.x; k < innerSize; k += THREADS) {
        sum = fmaf(inner[place * innerSize + k], dInner[place * innerSize + k], sum);
        dInner[place * innerSize + k] *= weights[place];
    }
    for (long long k = threadIdx.x; biases && k < outputs; k += THREADS) {
        sum = fmaf(biases[experts[place] * outputs + k], dSorted[place * outputs + k], sum);
    }
    sum = blockSum(sum);
    if (threadIdx.x == 0) {
        gradients[place] = sum;
    }
}
