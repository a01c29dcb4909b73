package corolla.client.generation;

import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;

/**
 * Chooses tokens. The order of operations is that of Hugging Face's {@code generate}: repetition penalty, temperature,
 * top-k, top-p, then one draw. Confined to one thread; remembers which tokens have occurred.
 */
public final class Sampler {
    private final SamplingOptions options;
    private final SplittableRandom random;
    private final BitSet occurred = new BitSet();
    // Candidates as (order-preserving bits of the logit << 32 | ~id): ascending longs are ascending logits, ties by
    // smaller id last.
    private long[] candidates = new long[0];

    public Sampler(SamplingOptions options) {
        this.options = options;
        this.random = new SplittableRandom(options.seed());
    }

    /** Tells of tokens that were not drawn here: the prompt's. The repetition penalty counts them. */
    public void occurred(int... ids) {
        for (int id : ids) {
            occurred.set(id);
        }
    }

    /**
     * Draws the next token.
     *
     * @param logits one for each token of the vocabulary; changed where a repetition penalty applies
     * @throws IllegalArgumentException when there is no finite logit to choose
     */
    public int next(float[] logits) {
        penalise(logits);
        int id = options.temperature() == 0 ? likeliest(logits) : draw(logits);
        occurred.set(id);
        return id;
    }

    /** The index of the largest logit, the first of equals. NaN is never the largest. */
    public static int likeliest(float[] logits) {
        int best = -1;
        float bestLogit = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < logits.length; i++) {
            if (logits[i] > bestLogit) {
                best = i;
                bestLogit = logits[i];
            }
        }
        if (best < 0) {
            throw new IllegalArgumentException("none of " + logits.length + " logits is a number to choose");
        }
        return best;
    }

    private void penalise(float[] logits) {
        if (options.repetitionPenalty() == 1) {
            return;
        }
        float penalty = (float) options.repetitionPenalty();
        for (int id = occurred.nextSetBit(0); id >= 0 && id < logits.length; id = occurred.nextSetBit(id + 1)) {
            logits[id] = logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty;
        }
    }

    private int draw(float[] logits) {
        float max = logits[likeliest(logits)];
        int from = collect(logits, thresholdOf(logits, max));
        Arrays.sort(candidates, 0, from);
        // From here on the candidates of rank 0, 1, ... are candidates[from - 1], candidates[from - 2], ...
        int count = options.topK() == 0 ? from : Math.min(from, options.topK());
        double[] weights = new double[count];
        double sum = 0;
        for (int rank = 0; rank < count; rank++) {
            weights[rank] = weight(logitOf(candidates[from - 1 - rank]), max);
            sum += weights[rank];
        }
        int kept = nucleus(weights, sum);
        return idOf(candidates[from - 1 - choose(weights, kept)]);
    }

    /** Relative probability: 1 for the likeliest. */
    private double weight(float logit, float max) {
        return Math.exp((logit - max) / options.temperature());
    }

    /** A weight below which no token can be a candidate, so that only few are sorted. */
    private double thresholdOf(float[] logits, float max) {
        if (options.topP() == 1 || options.topK() != 0) {
            return 0;
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Float.isNaN(logit) ? 0 : weight(logit, max);
        }
        // All tokens of probability below (1 - p) / V together have less than 1 - p: the others already make the
        // nucleus.
        return sum * (1 - options.topP()) / logits.length;
    }

    private int collect(float[] logits, double weightMin) {
        float logitMin = weightMin == 0
                ? Float.NEGATIVE_INFINITY
                : (float) (logits[likeliest(logits)] + options.temperature() * Math.log(weightMin)) - 1e-3f;
        if (options.topK() > 0 && options.topK() < logits.length) {
            logitMin = kthLargest(logits, options.topK());
        }
        if (candidates.length < logits.length) {
            candidates = new long[logits.length];
        }
        int count = 0;
        for (int id = 0; id < logits.length; id++) {
            if (logits[id] >= logitMin && logits[id] != Float.NEGATIVE_INFINITY) {
                candidates[count++] = pack(logits[id], id);
            }
        }
        return count;
    }

    /** The k-th largest logit, by a heap of k. */
    private static float kthLargest(float[] logits, int k) {
        float[] heap = new float[k]; // the smallest on top
        Arrays.fill(heap, Float.NEGATIVE_INFINITY);
        for (float logit : logits) {
            if (logit > heap[0]) {
                siftDown(heap, logit);
            }
        }
        return heap[0];
    }

    private static void siftDown(float[] heap, float value) {
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= heap.length) {
                break;
            }
            if (child + 1 < heap.length && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= value) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = value;
    }

    /** How many of the likeliest candidates together have probability top-p; at least one. */
    private int nucleus(double[] weights, double sum) {
        double wanted = sum * options.topP();
        double reached = 0;
        for (int rank = 0; rank < weights.length; rank++) {
            reached += weights[rank];
            if (reached >= wanted) {
                return rank + 1;
            }
        }
        return weights.length;
    }

    private int choose(double[] weights, int kept) {
        double sum = 0;
        for (int rank = 0; rank < kept; rank++) {
            sum += weights[rank];
        }
        double drawn = random.nextDouble() * sum;
        for (int rank = 0; rank < kept - 1; rank++) {
            drawn -= weights[rank];
            if (drawn < 0) {
                return rank;
            }
        }
        return kept - 1;
    }

    private static long pack(float logit, int id) {
        int bits = Float.floatToIntBits(logit + 0f); // + 0f: -0 and 0 are equal
        int ordered = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
        return ((long) ordered << 32) | (~id & 0xFFFF_FFFFL);
    }

    private static float logitOf(long candidate) {
        int ordered = (int) (candidate >> 32);
        return Float.intBitsToFloat(ordered ^ ((ordered >> 31) & Integer.MAX_VALUE));
    }

    private static int idOf(long candidate) {
        return ~(int) candidate;
    }
}
