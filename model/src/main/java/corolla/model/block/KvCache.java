package corolla.model.block;

import corolla.base.compute.Member;
import corolla.model.family.ModelConfig;
import corolla.tensor.AttentionHeads;
import corolla.tensor.DType;
import corolla.tensor.HeadVectors;
import corolla.tensor.KernelMemory;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Keys and values of one session: {@code batch} sequences of up to {@code tokensMax} tokens in blocks
 * {@code [start, end)}. Owns its memory, which is the kernels'. Confined: one call at a time.
 */
public final class KvCache implements AutoCloseable {
    private final Arena arena;
    private final KernelMemory memory;
    private final int start;
    private final int batch;
    private final int tokensMax;
    private final Tensor[][] keys; // [block][sequence] (keyValueHeads, tokensMax, keySize)
    private final Tensor[][] values; // with valueSize; the same tensors where keys hold values
    private final int[] filled; // tokens that a block holds

    private KvCache(
            KernelMemory memory, Arena arena, ModelConfig config, int start, int end, int batch, int tokensMax) {
        this.memory = memory;
        this.arena = arena;
        this.start = start;
        this.batch = batch;
        this.tokensMax = tokensMax;
        this.filled = new int[end - start];
        this.keys = new Tensor[end - start][];
        this.values = new Tensor[end - start][];
        for (int block = 0; block < end - start; block++) {
            AttentionHeads layout = config.block(start + block).attention().layout();
            keys[block] = sequences(layout.keyValues(), layout.keySize());
            values[block] = layout.values() == AttentionHeads.Values.IN_KEYS
                    ? keys[block]
                    : sequences(layout.keyValues(), layout.valueSize());
        }
    }

    /** Allocates for blocks {@code [start, end)}; the caller owns and closes it. */
    @SuppressWarnings("MustBeClosedChecker") // the cache owns the arena
    static KvCache allocate(KernelMemory memory, ModelConfig config, int start, int end, int batch, int tokensMax) {
        Objects.checkFromToIndex(start, end, config.blockCount());
        if (start == end || batch <= 0 || tokensMax <= 0) {
            throw new IllegalArgumentException("cache for blocks [" + start + ", " + end + "), " + batch
                    + " sequences of " + tokensMax + " tokens");
        }
        Arena arena = Arena.ofShared();
        try {
            return new KvCache(memory, arena, config, start, end, batch, tokensMax);
        } catch (RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    /** Bytes that {@link #allocate} would take for so many blocks. */
    public static long bytes(ModelConfig config, int blocks, int batch, int tokensMax) {
        return Math.multiplyExact(bytesPerToken(config) * blocks, Math.multiplyExact((long) batch, (long) tokensMax));
    }

    /** Bytes of the key and the value of one token in one block, the largest where blocks differ. */
    static long bytesPerToken(ModelConfig config) {
        return DType.F32.bytes(BlockSizes.of(config).cached());
    }

    public int start() {
        return start;
    }

    public int end() {
        return start + filled.length;
    }

    public int batch() {
        return batch;
    }

    public int tokensMax() {
        return tokensMax;
    }

    /** Tokens that every block holds. */
    public int position() {
        return Arrays.stream(filled).min().orElseThrow();
    }

    /** Forgets the tokens from {@code position} on; what comes next overwrites them. */
    public void truncate(int position) {
        Objects.checkIndex(position, position() + 1);
        Arrays.setAll(filled, block -> Math.min(filled[block], position));
    }

    /**
     * Sequence {@code i} becomes what sequence {@code from[i]} was: how beam search keeps and drops hypotheses.
     *
     * @param from one index for each sequence of the batch
     */
    public void reorder(int[] from) {
        if (from.length != batch) {
            throw new IllegalArgumentException(from.length + " indices for a batch of " + batch);
        }
        for (int index : from) {
            Objects.checkIndex(index, batch);
        }
        try (Arena temporary = Arena.ofConfined()) {
            Tensor old = memory.allocate(temporary, DType.F32, batch, elementsMax());
            for (int block = 0; block < filled.length; block++) {
                reorder(keys[block], from, filled[block], old);
                if (!Arrays.equals(values[block], keys[block])) {
                    reorder(values[block], from, filled[block], old);
                }
            }
        }
    }

    /** Numbers of the tokens in the largest sequence. */
    private long elementsMax() {
        long max = 1;
        for (int block = 0; block < filled.length; block++) {
            for (Tensor sequence : List.of(keys[block][0], values[block][0])) {
                max = Math.max(max, sequence.shape().size(0) * filled[block] * sequence.columns());
            }
        }
        return max;
    }

    @Override
    public void close() {
        arena.close();
    }

    Tensor keys(int block, int sequence) {
        return keys[block - start][sequence];
    }

    Tensor values(int block, int sequence) {
        return values[block - start][sequence];
    }

    /** @throws IllegalArgumentException when blocks {@code [from, to)} cannot take a step at {@code position} */
    void checkStep(int from, int to, int position, int tokens) {
        if (from < start || to > end()) {
            throw new IllegalArgumentException(
                    "blocks [" + from + ", " + to + ") with a cache of [" + start + ", " + end() + ")");
        }
        if (position + (long) tokens > tokensMax) {
            throw new IllegalArgumentException(
                    tokens + " tokens at position " + position + " in a cache of " + tokensMax);
        }
        for (int block = from; block < to; block++) {
            if (position > filled[block - start]) {
                throw new IllegalArgumentException("position " + position + " in block " + block
                        + ", whose cache holds " + filled[block - start] + " tokens");
            }
        }
    }

    /** Notes that blocks {@code [from, to)} now hold {@code tokens} tokens. */
    void fill(int from, int to, int tokens) {
        Arrays.fill(filled, from - start, to - start, tokens);
    }

    private Tensor[] sequences(int heads, int size) {
        Tensor all = memory.allocate(arena, DType.F32, batch, heads, tokensMax, size);
        Tensor[] sequences = new Tensor[batch];
        Arrays.setAll(sequences, all::part);
        return sequences;
    }

    /**
     * Copies by way of a temporary, as an old sequence may be wanted in several places.
     *
     * @param old (batch, numbers of the largest sequence)
     */
    private void reorder(Tensor[] sequences, int[] from, int tokens, Tensor old) {
        boolean[] isKept = new boolean[sequences.length];
        for (int index : from) {
            if (!isKept[index]) {
                copy(sequences[index], tokens, inPlace(sequences[index]), packed(old, index, sequences[index], tokens));
                isKept[index] = true;
            }
        }
        for (int i = 0; i < from.length; i++) {
            if (from[i] != i) {
                copy(sequences[i], tokens, packed(old, from[i], sequences[i], tokens), inPlace(sequences[i]));
            }
        }
    }

    private static HeadVectors packed(Tensor old, int index, Tensor sequence, int tokens) {
        return new HeadVectors(old, index * old.columns(), tokens * sequence.columns(), 0);
    }

    private static HeadVectors inPlace(Tensor sequence) {
        return HeadVectors.byHead(sequence, Math.toIntExact(sequence.shape().size(0)));
    }

    /** The first tokens of all heads of a sequence. */
    private void copy(Tensor sequence, int tokens, HeadVectors from, HeadVectors to) {
        int heads = Math.toIntExact(sequence.shape().size(0));
        int size = Math.toIntExact(tokens * sequence.columns());
        memory.copyHeads(Member.alone(), heads, 1, size, from, to);
    }
}
