package corolla.model;

import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.model.VerificationReport.Check;
import corolla.model.block.BackwardRequest;
import corolla.model.family.CheckpointException;
import corolla.model.weights.SafetensorsFile;
import corolla.tensor.BackwardKernels;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Compares what blocks and ends compute with what a reference computed: {@code expected.safetensors} beside a checkpoint
 * holds {@code input_ids} (batch, tokens), {@code embedded}, {@code block.N} (batch, tokens, hidden size), {@code logits},
 * {@code loss} of the next tokens, its gradient {@code grad_embedded} and {@code greedy} (1, tokens with the prompt). Each block is fed the reference's own input, so errors do not add up;
 * logits and greedy tokens come from the whole chain.
 */
public final class Verification {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long INPUT_TOKENS_MAX = 1 << 16;

    private final SafetensorsFile expected;
    private final Ends ends;
    private final BlockExecutor blocks;
    private final Team team;
    private final VerificationTolerance tolerance;
    private final Arena arena;
    private final Deadline deadline;

    private Verification(
            SafetensorsFile expected,
            Ends ends,
            BlockExecutor blocks,
            Team team,
            DType weights,
            Arena arena,
            Deadline deadline) {
        this.expected = expected;
        this.ends = ends;
        this.blocks = blocks;
        this.team = team;
        this.tolerance = VerificationTolerance.of(weights);
        this.arena = arena;
        this.deadline = deadline;
    }

    /**
     * Runs a checkpoint's reference inputs.
     *
     * @param file the reference tensors
     * @param ends embeddings and head of the same checkpoint
     * @param blocks what is judged: {@link LocalModel}, or a swarm
     * @param weights what the blocks keep their matrices in; decides the tolerances
     * @throws CheckpointException when the file has not the tensors that the model needs
     */
    public static VerificationReport run(
            Path file, Ends ends, BlockExecutor blocks, DType weights, Team team, Deadline deadline)
            throws IOException, InterruptedException {
        try (SafetensorsFile expected = SafetensorsFile.open(file);
                Arena arena = Arena.ofShared()) {
            return new Verification(expected, ends, blocks, team, weights, arena, deadline).run();
        }
    }

    private VerificationReport run() throws IOException, InterruptedException {
        int[][] ids = ids("input_ids");
        List<Check> checks = new ArrayList<>();
        checks.add(checkEmbeddings(ids));
        for (int block = 0; block < blocks.blockCount(); block++) {
            checks.add(checkBlock(block));
        }
        checks.add(checkLogits(ids));
        if (blocks instanceof BackwardExecutor gradients) {
            checks.addAll(checkGradient(ids, gradients));
        }
        int[] sequence = ids("greedy")[0];
        int[] prompt = ids[0];
        int[] continued = GreedyDecoder.decode(ends, blocks, team, prompt, sequence.length - prompt.length, deadline);
        int[] wanted = Arrays.copyOfRange(sequence, prompt.length, sequence.length);
        return new VerificationReport(checks, Arrays.equals(continued, wanted), wanted.length);
    }

    private Check checkEmbeddings(int[][] ids) throws IOException {
        Tensor wanted = floats("embedded");
        Tensor embedded = empty(wanted);
        ends.embed(flat(ids), embedded);
        return new Check("embedded", errorMax(embedded, wanted), tolerance.block());
    }

    private Check checkBlock(int block) throws IOException, InterruptedException {
        Tensor hidden = empty(floats("embedded"));
        hidden.copyFrom(block == 0 ? floats("embedded") : floats("block." + (block - 1)));
        blocks.forward(hidden, block, block + 1, deadline);
        return new Check("block." + block, errorMax(hidden, floats("block." + block)), tolerance.block());
    }

    private Check checkLogits(int[][] ids) throws IOException, InterruptedException {
        Tensor wanted = floats("logits");
        Tensor hidden = empty(floats("embedded"));
        ends.embed(flat(ids), hidden);
        blocks.forward(hidden, 0, blocks.blockCount(), deadline);
        Tensor logits = empty(wanted);
        ends.logits(team, hidden, logits, deadline);
        return new Check("logits", errorMax(logits, wanted), tolerance.logits());
    }

    /** Loss of predicting each next token, and its gradient by the embeddings through the whole chain. */
    private List<Check> checkGradient(int[][] ids, BackwardExecutor gradients)
            throws IOException, InterruptedException {
        Tensor embedded = empty(floats("embedded"));
        ends.embed(flat(ids), embedded);
        Tensor hidden = empty(embedded);
        hidden.copyFrom(embedded);
        gradients.forward(hidden, 0, gradients.blockCount(), deadline);
        Tensor gradient = empty(embedded);
        double loss = ends.loss(team, hidden, nextTokens(ids), gradient, deadline);
        gradients.backward(BackwardRequest.of(0, gradients.blockCount(), embedded, gradient), deadline);
        Tensor wanted = floats("grad_embedded");
        double lossError = Math.abs(loss - expected.read("loss", arena).getFloat(0));
        double gradientError = errorMax(gradient, wanted) / errorMax(empty(wanted), wanted);
        return List.of(
                new Check("loss", lossError, tolerance.logits()),
                new Check("grad_embedded", gradientError, tolerance.gradient()));
    }

    /** For each row the token after it; none for the last of a sequence. */
    private static int[] nextTokens(int[][] ids) {
        return Arrays.stream(ids)
                .flatMapToInt(sequence -> IntStream.range(1, sequence.length + 1)
                        .map(i -> i < sequence.length ? sequence[i] : BackwardKernels.NO_TARGET))
                .toArray();
    }

    private Tensor floats(String name) throws IOException {
        Tensor tensor = expected.read(name, arena);
        long columns = name.equals("logits")
                ? ends.config().vocabularySize()
                : ends.config().hiddenSize();
        if (tensor.dtype() != DType.F32 || tensor.shape().rank() != 3 || tensor.columns() != columns) {
            throw new CheckpointException("reference tensor " + name + " is " + tensor
                    + ", expected is F32 of 3 dimensions, the last " + columns);
        }
        return tensor;
    }

    private int[][] ids(String name) throws IOException {
        Tensor tensor = expected.read(name, arena);
        if (tensor.dtype() != DType.I64 || tensor.shape().rank() != 2 || tensor.elements() > INPUT_TOKENS_MAX) {
            throw new CheckpointException(
                    "reference tensor " + name + " is " + tensor + ", expected is I64 (batch, tokens)");
        }
        int columns = Math.toIntExact(tensor.columns());
        int[][] ids = new int[Math.toIntExact(tensor.rows())][columns];
        for (int i = 0; i < tensor.elements(); i++) {
            ids[i / columns][i % columns] = Math.toIntExact(tensor.data().getAtIndex(LONG, i));
        }
        return ids;
    }

    private Tensor empty(Tensor like) {
        return Tensor.allocate(arena, DType.F32, like.shape().toArray());
    }

    private static int[] flat(int[][] ids) {
        return Arrays.stream(ids).flatMapToInt(Arrays::stream).toArray();
    }

    private static double errorMax(Tensor actual, Tensor wanted) {
        double max = 0;
        for (long i = 0; i < wanted.elements(); i++) {
            double error = Math.abs((double) actual.getFloat(i) - wanted.getFloat(i));
            max = Double.isNaN(error) ? error : Math.max(max, error);
        }
        return max;
    }
}
