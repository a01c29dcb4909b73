package corolla.model;

import corolla.base.compute.Member;
import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.model.block.Norm;
import corolla.model.block.Worker;
import corolla.model.family.Families;
import corolla.model.family.ModelConfig;
import corolla.model.family.NormConfig;
import corolla.model.family.TensorNames;
import corolla.model.family.TensorRole;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightReader;
import corolla.model.weights.WeightsType;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What stands before and after the blocks: embeddings, the final norm and the head. Thread-safe. Owns its weights; close
 * it when no call runs. Borrows the kernels.
 */
public final class Ends implements AutoCloseable {
    private final ModelConfig config;
    private final Kernels kernels;
    private final Arena arena;
    private final Matrix embeddings; // (vocabularySize, H)
    private final @Nullable Norm embeddingNorm;
    private final Norm norm;
    private final Matrix head; // (vocabularySize, H), the embeddings when they are tied

    private Ends(
            ModelConfig config,
            Kernels kernels,
            Arena arena,
            Matrix embeddings,
            @Nullable Norm embeddingNorm,
            Norm norm,
            Matrix head) {
        this.config = config;
        this.kernels = kernels;
        this.arena = arena;
        this.embeddings = embeddings;
        this.embeddingNorm = embeddingNorm;
        this.norm = norm;
        this.head = head;
    }

    /**
     * Loads the ends; the checkpoint may be closed afterwards.
     *
     * @throws corolla.model.family.CheckpointException when a tensor is missing or has a wrong shape
     */
    @SuppressWarnings("MustBeClosedChecker") // the ends own the arena
    public static Ends load(Checkpoint checkpoint, WeightsType weights, Kernels kernels) throws IOException {
        Arena arena = Arena.ofShared();
        try (Arena passing = Arena.ofShared()) {
            return load(checkpoint, weights, kernels, arena, passing);
        } catch (IOException | RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    private static Ends load(Checkpoint checkpoint, WeightsType weights, Kernels kernels, Arena arena, Arena passing)
            throws IOException {
        ModelConfig config = checkpoint.config();
        TensorNames names = Families.of(config.modelType()).tensors();
        int vocabulary = config.vocabularySize();
        int hidden = config.hiddenSize();
        WeightReader reader = new WeightReader(checkpoint, arena, passing, weights, kernels);
        String table = names.of(TensorRole.EMBEDDINGS) + ".weight";
        // A table that is only looked up gains nothing from another type, or from being copied.
        Matrix embeddings = config.headTied()
                ? kernels.matrix(arena, reader.matrix(table, vocabulary, hidden))
                : kernels.table(arena, reader.stored(table, vocabulary, hidden));
        Matrix head = config.headTied()
                ? embeddings
                : kernels.matrix(arena, reader.matrix(names.of(TensorRole.HEAD) + ".weight", vocabulary, hidden));
        NormConfig ofEmbeddings = config.ends().embeddingNorm();
        Norm embeddingNorm = ofEmbeddings == null
                ? null
                : Norm.read(reader, names.of(TensorRole.EMBEDDING_NORM), ofEmbeddings, hidden);
        Norm norm =
                Norm.read(reader, names.of(TensorRole.FINAL_NORM), config.ends().finalNorm(), hidden);
        return new Ends(config, kernels, arena, embeddings, embeddingNorm, norm, head);
    }

    public ModelConfig config() {
        return config;
    }

    /**
     * Looks tokens up, and scales or normalises them where the family does, on the calling thread: some microseconds a token.
     *
     * @param ids each in {@code [0, vocabularySize)}, else {@link IllegalArgumentException}
     * @param out (ids.length, hiddenSize) f32, or any shape with as many values and hiddenSize last
     */
    public void embed(int[] ids, Tensor out) {
        for (int id : ids) {
            if (id < 0 || id >= config.vocabularySize()) {
                throw new IllegalArgumentException("token id " + id + " in a vocabulary of " + config.vocabularySize());
            }
        }
        Worker worker = new Worker(Member.alone(), kernels);
        kernels.rows(worker.me(), embeddings, ids, out);
        if (config.ends().embeddingScale() != 1) {
            kernels.scale(worker.me(), config.ends().embeddingScale(), out);
        }
        if (embeddingNorm != null) {
            embeddingNorm.apply(worker, out, out);
        }
    }

    /**
     * Prepares final norm and head as one body for a team.
     *
     * @param hidden (rows, hiddenSize) f32: only the rows whose logits are wanted; not changed
     * @param normed (rows, hiddenSize) f32, overwritten
     * @param logits (rows, vocabularySize) f32
     */
    public Team.Body head(Tensor hidden, Tensor normed, Tensor logits) {
        if (hidden.columns() != config.hiddenSize() || logits.columns() != config.vocabularySize()) {
            throw new IllegalArgumentException("hidden state " + hidden + " to logits " + logits + " with hidden size "
                    + config.hiddenSize() + " and vocabulary " + config.vocabularySize());
        }
        return me -> {
            norm.apply(new Worker(me, kernels), hidden, normed);
            me.barrier();
            kernels.multiply(me, normed, head, logits);
            me.barrier();
        };
    }

    /**
     * Final norm and head.
     *
     * @param hidden (rows, hiddenSize) f32: only the rows whose logits are wanted; not changed
     * @param logits (rows, vocabularySize) f32
     */
    public void logits(Team team, Tensor hidden, Tensor logits, Deadline deadline)
            throws IOException, InterruptedException {
        Objects.requireNonNull(team);
        try (Arena scratch = Arena.ofShared()) {
            Tensor normed =
                    Tensor.allocate(scratch, hidden.dtype(), hidden.shape().toArray());
            team.run(head(hidden, normed, logits), deadline);
        }
    }

    /**
     * Final norm, head and cross-entropy with their backward: what a client needs to train through the blocks.
     *
     * @param hidden (rows, hiddenSize) f32: the last block's output; not changed
     * @param targets for each row the id that should follow, or {@link corolla.tensor.BackwardKernels#NO_TARGET}
     * @param gradient as {@code hidden}, overwritten: the gradient of the loss by it
     * @return the mean over the rows that have a target
     */
    public double loss(Team team, Tensor hidden, int[] targets, Tensor gradient, Deadline deadline)
            throws IOException, InterruptedException {
        try (Arena scratch = Arena.ofShared()) {
            HeadLoss loss = new HeadLoss(this, scratch, hidden, targets, gradient);
            team.run(loss, deadline);
            return loss.mean();
        }
    }

    /** The id with the largest of one row's logits, the first of equals. */
    public int mostLikely(Tensor logits) {
        return kernels.argmax(logits);
    }

    @Override
    public void close() {
        arena.close();
    }

    /** What it computes with; borrowed. */
    public Kernels kernels() {
        return kernels;
    }

    /** (vocabularySize, H). */
    Matrix head() {
        return head;
    }

    /** The one before the head. */
    Norm norm() {
        return norm;
    }
}
