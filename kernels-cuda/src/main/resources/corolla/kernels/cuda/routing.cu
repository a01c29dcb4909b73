// A router's decisions for a few rows: what corolla.tensor.RouterRow does, in its order of operations, so with its bits; then rows sorted by
// expert, as corolla.tensor.Routing sorts them. DeviceRouting.java knows the limits.

#define EXPERTS_MAX 512
#define GROUPS_MAX 64
#define PLACES_MAX THREADS
#define SOFTMAX 0
#define SOFTMAX_OF_CHOSEN 1
#define SIGMOID 2
#define SUM_MIN 1e-20f
#define NO_NUMBER __uint_as_float(0x7fc00000)

struct Rule {
    int experts;
    int choices;
    int scoring;
    int renormalised;
    int groups;
    int groupsChosen;
    float scale;
};

// Scratch of a warp, which has one row at a time.
struct RouterRow {
    float scores[EXPERTS_MAX];
    float ranks[EXPERTS_MAX]; // what chooses; minus infinity for what is out of the question
    float groupRanks[GROUPS_MAX];
};

// e^x: RouterRow.exp has the same sums and products, and says why.
__device__ inline float exponential(float x) {
    if (x != x) {
        return x;
    }
    if (x < -104.0f) {
        return 0;
    }
    if (x > 89.0f) {
        return -MINUS_INFINITY;
    }
    double k = rint(x * 1.4426950408889634);
    double rest = x - k * 0x1.62e42feep-1 - k * 0x1.a39ef35793c76p-33;
    double sum = 1;
#pragma unroll
    for (int n = 13; n > 0; n--) {
        sum = 1 + sum * (rest * (1.0 / n));
    }
    return (float) ldexp(sum, (int) k);
}

// Lane l has the numbers l, l + 32, ...; all see all of them in the end.
__device__ inline void softmax(float* x, int count) {
    float largest = MINUS_INFINITY;
    bool isNone = false;
    for (int i = laneIndex(); i < count; i += WARP) {
        isNone |= x[i] != x[i];
        largest = fmaxf(largest, x[i]);
    }
    largest = warpMax(largest);
    largest = __ballot_sync(WHOLE_WARP, isNone) ? NO_NUMBER : largest; // as Math.max has it
    for (int i = laneIndex(); i < count; i += WARP) {
        x[i] = exponential(x[i] - largest);
    }
    __syncwarp();
    float sum = 0;
    for (int i = 0; i < count; i++) {
        sum += x[i];
    }
    __syncwarp(); // others may still read
    for (int i = laneIndex(); i < count; i += WARP) {
        x[i] /= sum;
    }
    __syncwarp();
}

__device__ inline void score(const float* logits, const Rule& rule, float* scores) {
    for (int i = laneIndex(); i < rule.experts; i += WARP) {
        scores[i] = rule.scoring == SIGMOID ? 1 / (1 + exponential(-logits[i])) : logits[i];
    }
    if (rule.scoring == SOFTMAX) {
        softmax(scores, rule.experts);
    }
}

// Takes experts out of the question whose group is not among the best. A group is as good as its best two experts together.
__device__ inline void keepBestGroups(const Rule& rule, RouterRow& row) {
    int size = rule.experts / rule.groups;
    for (int group = laneIndex(); group < rule.groups; group += WARP) {
        float first = MINUS_INFINITY;
        float second = MINUS_INFINITY;
        for (int i = group * size; i < (group + 1) * size; i++) {
            second = fmaxf(second, fminf(first, row.ranks[i]));
            first = fmaxf(first, row.ranks[i]);
        }
        row.groupRanks[group] = size == 1 ? first : first + second;
    }
    __syncwarp();
    unsigned long long kept = 0;
    for (int k = 0; k < rule.groupsChosen; k++) { // the same in all lanes
        int best = -1;
        for (int group = 0; group < rule.groups; group++) {
            if ((best < 0 || row.groupRanks[group] > row.groupRanks[best]) && !(kept >> group & 1)) {
                best = group;
            }
        }
        kept |= 1ull << best;
    }
    for (int i = laneIndex(); i < rule.experts; i += WARP) {
        row.ranks[i] = kept >> i / size & 1 ? row.ranks[i] : MINUS_INFINITY;
    }
    __syncwarp();
}

// The experts of the largest ranks, largest first, the lower one of equals. No rank is not a number.
__device__ inline void takeBest(const Rule& rule, const float* ranks, int* chosen) {
    unsigned taken = 0; // of this lane's experts
    for (int k = 0; k < rule.choices; k++) {
        float rank = MINUS_INFINITY;
        int best = EXPERTS_MAX;
        for (int i = laneIndex(), bit = 0; i < rule.experts; i += WARP, bit++) {
            bool isFirst = best == EXPERTS_MAX || ranks[i] > rank;
            if (isFirst && !(taken >> bit & 1)) {
                rank = ranks[i];
                best = i;
            }
        }
        for (int bits = WARP / 2; bits > 0; bits /= 2) {
            float otherRank = __shfl_xor_sync(WHOLE_WARP, rank, bits);
            int other = __shfl_xor_sync(WHOLE_WARP, best, bits);
            if (otherRank > rank || (otherRank == rank && other < best)) {
                rank = otherRank;
                best = other;
            }
        }
        if (best % WARP == laneIndex()) {
            taken |= 1u << best / WARP;
            chosen[k] = best;
        }
    }
    __syncwarp();
}

__device__ inline void weigh(const Rule& rule, const float* scores, const int* chosen, float* weights) {
    for (int k = laneIndex(); k < rule.choices; k += WARP) {
        weights[k] = scores[chosen[k]];
    }
    __syncwarp();
    float sum = 1;
    if (rule.scoring == SOFTMAX_OF_CHOSEN) {
        softmax(weights, rule.choices);
    } else if (rule.renormalised) {
        sum = SUM_MIN;
        for (int k = 0; k < rule.choices; k++) {
            sum += weights[k];
        }
    }
    __syncwarp(); // others may still read
    for (int k = laneIndex(); k < rule.choices; k += WARP) {
        weights[k] = weights[k] / sum * rule.scale; // by 1 changes nothing
    }
}

__device__ inline void choose(
        const float* logits, const float* correction, const Rule& rule, RouterRow& row, int* chosen, float* weights) {
    score(logits, rule, row.scores);
    for (int i = laneIndex(); i < rule.experts; i += WARP) {
        float rank = row.scores[i] + (correction ? correction[i] : 0);
        row.ranks[i] = rank == rank ? rank : MINUS_INFINITY;
    }
    __syncwarp();
    if (rule.groups > 1) {
        keepBestGroups(rule, row);
    }
    takeBest(rule, row.ranks, chosen);
    weigh(rule, row.scores, chosen, weights);
}

// One block. Of each choice, a row's after each other: its weight and its place among all when they are sorted by expert; of each place its row
// and expert; and jobs of up to together places of one expert, empty ones after them up to jobsMax.
extern "C" __global__ void __launch_bounds__(THREADS) route(const float* logits, const float* correction, int rows,
        const __grid_constant__ Rule rule, float* weights, int* places, int* rowsAt, int* expertsAt, Job* jobs, int jobsMax,
        int together) {
    __shared__ RouterRow scratch[WARPS];
    __shared__ int chosen[PLACES_MAX];
    __shared__ float chosenWeights[PLACES_MAX];
    __shared__ int begins[PLACES_MAX]; // whether a job begins at a place
    for (int row = warpIndex(); row < rows; row += WARPS) {
        int first = row * rule.choices;
        choose(logits + (long long) row * rule.experts, correction, rule, scratch[warpIndex()], chosen + first,
                chosenWeights + first);
    }
    __syncthreads();
    int count = rows * rule.choices;
    int mine = threadIdx.x;
    int expert = mine < count ? chosen[mine] : EXPERTS_MAX;
    int before = 0; // with experts before this one
    int within = 0; // with this one, before this choice
    int all = 0; // with this one
    for (int i = 0; i < count; i++) {
        before += chosen[i] < expert;
        within += chosen[i] == expert && i < mine;
        all += chosen[i] == expert;
    }
    int place = before + within;
    bool isJob = mine < count && within % together == 0;
    if (mine < count) {
        weights[mine] = chosenWeights[mine];
        places[mine] = place;
        rowsAt[place] = mine / rule.choices;
        expertsAt[place] = expert;
        begins[place] = isJob;
    }
    __syncthreads();
    int job = 0; // how many begin before this place
    int jobCount = 0;
    for (int i = 0; i < count; i++) {
        job += begins[i] && i < place;
        jobCount += begins[i];
    }
    if (isJob) {
        jobs[job] = Job{expert, place, min(together, all - within)};
    }
    if (mine >= jobCount && mine < jobsMax) {
        jobs[mine] = Job{0, 0, 0};
    }
}

// Row p of y (places, columns) = the bias of the place's expert; count is y's.
extern "C" __global__ void fillBiases(
        const float* biases, const int* expertsAt, float* y, long long count, long long columns) {
    long long i = globalIndex();
    if (i < count) {
        y[i] = biases[expertsAt[i / columns] * columns + i % columns];
    }
}
