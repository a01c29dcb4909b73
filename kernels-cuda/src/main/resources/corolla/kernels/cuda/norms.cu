// Norms of rows and the loss, forward and backward: a block a row. All sums have one order, whatever the number of rows.

// y = x / sqrt(mean(x^2) + epsilon) * weight, or y += with add; y may be x.
extern "C" __global__ void rmsNorm(const float* x, const float* weight, float* y, int columns, float epsilon, int add) {
    const float* in = x + (long long) blockIdx.x * columns;
    float* out = y + (long long) blockIdx.x * columns;
    float squares = 0;
    for (int k = threadIdx.x; k < columns; k += THREADS) {
        squares = fmaf(in[k], in[k], squares);
    }
    float inverse = 1 / sqrtf(blockSum(squares) / columns + epsilon);
    for (int k = threadIdx.x; k < columns; k += THREADS) {
        float value = in[k] * inverse * weight[k];
        out[k] = add ? out[k] + value : value;
    }
}

// With g = dy w and r = 1 / sqrt(mean(x^2) + epsilon): dx += r g - r^3 x mean(g x).
extern "C" __global__ void rmsNormBackward(
        const float* x, const float* weight, const float* dy, float* dx, int columns, float epsilon) {
    long long at = (long long) blockIdx.x * columns;
    float squares = 0;
    float product = 0;
    for (int k = threadIdx.x; k < columns; k += THREADS) {
        float value = x[at + k];
        squares = fmaf(value, value, squares);
        product = fmaf(value, dy[at + k] * weight[k], product);
    }
    float inverse = 1 / sqrtf(blockSum(squares) / columns + epsilon);
    float along = inverse * inverse * inverse * (blockSum(product) / columns);
    for (int k = threadIdx.x; k < columns; k += THREADS) {
        dx[at + k] += inverse * (dy[at + k] * weight[k]) - along * x[at + k];
    }
}

__device__ inline float rowMean(const float* row, int columns) {
    float sum = 0;
    for (int k = threadIdx.x; k < columns; k += THREADS) {
        sum += row[k];
    }
    return blockSum(sum) / columns;
}

// y = (x - mean) / sqrt(variance + epsilon) * weight + bias; y may be x.
extern "C" __global__ void layerNorm(
        const float* x, const float* weight, const float* bias, float* y, int columns, float epsilon) {
    const float* in = x + (long long) blockIdx.x * columns;
    float* out = y + (long long) blockIdx.x * columns;
    float mean = rowMean(in, columns);
    float squares = 0;
    for (int k = threadIdx.x; k < columns; k += THREADS) {
        squares = fmaf(in[k] - mean, in[k] - mean, squares);
    }
    float inverse = 1 / sqrtf(blockSum(squares) / columns + epsilon);
    for (int k = threadIdx.x; k < columns; k += THREADS) {
        out[k] = (in[k] - mean) * inverse * weight[k] + bias[k];
    }
}

// With g = dy w and h = (x - mean) r: dx += r (g - mean(g) - h mean(g h)).
extern "C" __global__ void layerNormBackward(
        const float* x, const float* weight, const float* dy, float* dx, int columns, float epsilon) {
    long long at = (long long) blockIdx.x * columns;
    float mean = rowMean(x + at, columns);
    float squares = 0;
    float product = 0;
    float gradients = 0;
    for (int k = threadIdx.x; k < columns; k += THREADS) {
        float value = x[at + k] - mean;
        float gradient = dy[at + k] * weight[k];
        squares = fmaf(value, value, squares);
        product = fmaf(value, gradient, product);
        gradients += gradient;
    }
    float inverse = 1 / sqrtf(blockSum(squares) / columns + epsilon);
    float along = inverse * inverse * (blockSum(product) / columns);
    float meanGradient = blockSum(gradients) / columns;
    for (int k = threadIdx.x; k < columns; k += THREADS) {
        float gradient = dy[at + k] * weight[k] - meanGradient;
        dx[at + k] += inverse * (gradient - along * (x[at + k] - mean));
    }
}

// loss = -log softmax(logits)[target]; logits become scale * (softmax - one at the target). A target below 0 is none.
extern "C" __global__ void crossEntropy(float* logits, const int* targets, float* losses, int columns, float scale) {
    float* row = logits + (long long) blockIdx.x * columns;
    int target = targets[blockIdx.x];
    if (target < 0) {
        for (int k = threadIdx.x; k < columns; k += THREADS) {
            row[k] = 0;
        }
        if (threadIdx.x == 0) {
            losses[blockIdx.x] = 0;
        }
        return;
    }
    float largest = MINUS_INFINITY;
    for (int k = threadIdx.x; k < columns; k += THREADS) {
        largest = fmaxf(largest, row[k]);
    }
    largest = blockMax(largest);
    float sum = 0;
    for (int k = threadIdx.x; k < columns; k += THREADS) {
        sum += expf(row[k] - largest);
    }
    sum = blockSum(sum);
    float loss = logf(sum) + largest - row[target];
    __syncthreads(); // all have read the target's logit
    for (int k = threadIdx.x; k < columns; k += THREADS) {
        float probability = expf(row[k] - largest) / sum;
        row[k] = scale * (k == target ? probability - 1 : probability);
    }
    if (threadIdx.x == 0) {
        losses[blockIdx.x] = loss;
    }
}
