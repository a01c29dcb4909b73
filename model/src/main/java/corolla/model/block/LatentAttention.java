package corolla.model.block;

import corolla.model.family.AttentionConfig;
import corolla.model.family.LatentConfig;
import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall;
import corolla.tensor.GroupMatrix;
import corolla.tensor.HeadVectors;
import corolla.tensor.RowGroups;
import corolla.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head latent attention (DeepSeek-V2, section 2.1) with absorbed projections: instead of making every head's keys and
 * values of the latents in the cache, a query is taken to the latents' space, attends there to one key that all heads share,
 * and the head's value is made of what it saw. A token's cache is its latent and one rotated key: for DeepSeek-V3 576 numbers
 * instead of 40,960. Immutable. n rows, L the rank, R the rotated size, N the plain size, V the value size.
 *
 * @param first from H to queries' latent (or to all queries), the latent of keys and values, and the rotated key
 * @param queryNorm of queries' latent; null where queries are made of the hidden state
 * @param query from queries' latent to heads · (N + R); null likewise
 * @param latentNorm (L)
 * @param key of each head, N to L: what makes its keys of latents, transposed
 * @param value of each head, L to V
 * @param output from heads · V back to H
 */
record LatentAttention(
        AttentionConfig config,
        Projection first,
        @Nullable Norm queryNorm,
        @Nullable Projection query,
        Norm latentNorm,
        GroupMatrix key,
        GroupMatrix value,
        Projection output)
        implements AttentionPart {

    private LatentConfig latent() {
        return Objects.requireNonNull(config.latent());
    }

    private LatentSpace space(Tensor memory) {
        return LatentSpace.of(memory, config.heads(), latent());
    }

    private RowGroups heads(Tensor space) {
        return RowGroups.equal(config.heads(), Math.toIntExact(space.rows()));
    }

    @Override
    public void attend(Worker worker, Tensor normed, AttentionCall call, @Nullable Tensor unnormed, Tensor memory) {
        LatentSpace space = space(memory);
        first.apply(worker, normed, space.first());
        worker.barrier();
        split(worker, space);
        worker.barrier();
        makeQueries(worker, space);
        latentNorm.apply(worker, space.latent(), space.latentNormed());
        worker.barrier();
        arrange(worker, space, call.qkv());
        worker.barrier();
        worker.kernels().experts().multiply(worker.me(), space.plainByHead(), heads(memory), key, space.latentByHead());
        worker.barrier();
        copyHeads(worker, space, latent().rank(), byHead(space.latentByHead()), latentsOf(call.qkv()));
        worker.barrier();
        worker.kernels().rotate(worker.me(), call);
        worker.barrier();
        worker.kernels().attention(worker.me(), call);
        worker.barrier();
    }

    /** The first projection's row into its parts. */
    private void split(Worker worker, LatentSpace space) {
        int queries = latent().firstQuerySize(config.heads());
        Tensor target = query == null ? space.queries() : space.queryLatent();
        worker.memory().copyColumns(worker.me(), space.first(), 0, target, 0, queries);
        worker.memory().copyColumns(worker.me(), space.first(), queries, space.latent(), 0, latent().rank());
    }

    private void makeQueries(Worker worker, LatentSpace space) {
        if (query != null && queryNorm != null) {
            queryNorm.apply(worker, space.queryLatent(), space.queryLatentNormed());
            worker.barrier();
            query.apply(worker, space.queryLatentNormed(), space.queries());
        }
    }

    /** Rotated parts of queries and the key to their places, plain parts of queries by head. */
    private void arrange(Worker worker, LatentSpace space, Tensor qkv) {
        int rank = latent().rank();
        int rotated = latent().ropeSize();
        int key = config.querySize(); // first column of the key
        copyHeads(worker, space, latent().plainSize(), plainOf(space.queries()), byHead(space.plainByHead()));
        copyHeads(worker, space, rotated, rotatedOf(space.queries()), HeadVectors.inRows(qkv, 0, config.headSize()));
        int from = latent().firstQuerySize(config.heads()) + rank;
        worker.memory().copyColumns(worker.me(), space.first(), from, qkv, key, rotated);
        worker.memory().copyColumns(worker.me(), space.latentNormed(), 0, qkv, key + rotated, rank);
    }

    private void copyHeads(Worker worker, LatentSpace space, int size, HeadVectors from, HeadVectors to) {
        worker.memory().copyHeads(worker.me(), config.heads(), space.rows(), size, from, to);
    }

    private HeadVectors byHead(Tensor tensor) {
        return HeadVectors.byHead(tensor, config.heads());
    }

    private HeadVectors plainOf(Tensor queries) {
        return HeadVectors.inRows(queries, 0, latent().querySize());
    }

    private HeadVectors rotatedOf(Tensor queries) {
        return HeadVectors.inRows(queries, latent().plainSize(), latent().querySize());
    }

    /** The part of queries that meets latents: behind the rotated one. */
    private HeadVectors latentsOf(Tensor qkv) {
        return HeadVectors.inRows(qkv, latent().ropeSize(), config.headSize());
    }

    @Override
    public void output(Worker worker, AttentionCall call, Tensor memory, Tensor out, boolean add) {
        LatentSpace space = space(memory);
        int size = latent().valueSize();
        copyHeads(
                worker,
                space,
                latent().rank(),
                HeadVectors.inRows(call.out(), 0, latent().rank()),
                byHead(space.latentByHead()));
        worker.barrier();
        worker.kernels()
                .experts()
                .multiply(worker.me(), space.latentByHead(), heads(memory), value, space.valueByHead());
        worker.barrier();
        copyHeads(worker, space, size, byHead(space.valueByHead()), HeadVectors.inRows(space.values(), 0, size));
        worker.barrier();
        if (add) {
            output.addTo(worker, space.values(), out);
        } else {
            output.apply(worker, space.values(), out);
        }
    }

    @Override
    public void outputBackward(Worker worker, Tensor dOutput, AttentionBackwardCall call, Tensor memory) {
        LatentSpace space = space(memory);
        int size = latent().valueSize();
        output.backward(worker, dOutput, space.values());
        worker.barrier();
        copyHeads(worker, space, size, HeadVectors.inRows(space.values(), 0, size), byHead(space.valueByHead()));
        worker.barrier();
        worker.kernels()
                .experts()
                .multiplyTransposed(worker.me(), space.valueByHead(), heads(memory), value, space.latentByHead());
        worker.barrier();
        HeadVectors target = HeadVectors.inRows(call.dOut(), 0, latent().rank());
        copyHeads(worker, space, latent().rank(), byHead(space.latentByHead()), target);
        worker.barrier();
    }

    @Override
    public void backward(Worker worker, AttentionBackwardCall call, Tensor memory, Tensor dNormed) {
        LatentSpace space = space(memory);
        worker.kernels().backward().attention(worker.me(), call);
        worker.barrier();
        worker.kernels().backward().rotate(worker.me(), call);
        worker.barrier();
        takeApart(worker, space, call.dQkv());
        worker.barrier();
        worker.kernels()
                .experts()
                .multiplyTransposed(worker.me(), space.latentByHead(), heads(memory), key, space.plainByHead());
        latentNorm.backward(worker, space.latent(), space.latentNormed(), space.latentGradient());
        worker.barrier();
        copyHeads(worker, space, latent().plainSize(), byHead(space.plainByHead()), plainOf(space.queries()));
        worker.barrier();
        queriesBackward(worker, space);
        join(worker, space);
        worker.barrier();
        first.backward(worker, space.first(), dNormed);
        worker.barrier();
    }

    /** The reverse of {@link #arrange}: gradients to the places of what they belong to; those of the latents' sum to zeros. */
    private void takeApart(Worker worker, LatentSpace space, Tensor dQkv) {
        int rank = latent().rank();
        int rotated = latent().ropeSize();
        int key = config.querySize();
        copyHeads(worker, space, rank, latentsOf(dQkv), byHead(space.latentByHead()));
        copyHeads(worker, space, rotated, HeadVectors.inRows(dQkv, 0, config.headSize()), rotatedOf(space.queries()));
        int to = latent().firstQuerySize(config.heads()) + rank;
        worker.memory().copyColumns(worker.me(), dQkv, key, space.first(), to, rotated);
        worker.memory().copyColumns(worker.me(), dQkv, key + rotated, space.latentNormed(), 0, rank);
        worker.zero(space.latentGradient());
        worker.zero(space.queryGradient());
    }

    private void queriesBackward(Worker worker, LatentSpace space) {
        if (query != null && queryNorm != null) {
            query.backward(worker, space.queries(), space.queryLatentNormed());
            worker.barrier();
            queryNorm.backward(worker, space.queryLatent(), space.queryLatentNormed(), space.queryGradient());
            worker.barrier();
        }
    }

    /** The reverse of {@link #split}. */
    private void join(Worker worker, LatentSpace space) {
        int queries = latent().firstQuerySize(config.heads());
        Tensor gradient = query == null ? space.queries() : space.queryGradient();
        worker.memory().copyColumns(worker.me(), gradient, 0, space.first(), 0, queries);
        worker.memory().copyColumns(worker.me(), space.latentGradient(), 0, space.first(), queries, latent().rank());
    }

    @Override
    public List<Projection> projections() {
        return query == null ? List.of(first, output) : List.of(first, query, output);
    }

    @Override
    public long bytes() {
        long ofQueries = query == null ? 0 : query.bytes();
        return first.bytes() + ofQueries + key.bytes() + value.bytes() + output.bytes();
    }
}
