package corolla.model;

import corolla.base.compute.Member;
import corolla.base.compute.Team;
import corolla.model.block.Norm;
import corolla.model.block.Worker;
import corolla.tensor.BackwardKernels;
import corolla.tensor.DType;
import corolla.tensor.KernelMemory;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * Final norm, head and cross-entropy, forward and back, some rows at a time since logits are wide. n rows, H the hidden size, V
 * the vocabulary. Run once; borrows all tensors.
 */
final class HeadLoss implements Team.Body {
    /** 32 MiB of logits for a vocabulary of 128 Ki. */
    private static final int ROWS_MAX = 64;

    private final Kernels kernels;
    private final Matrix head; // (V, H)
    private final Norm norm;
    private final Tensor hidden; // (n, H)
    private final Tensor gradient; // (n, H)
    private final int[] targets;
    private final int counted;
    private final Tensor normed; // (ROWS_MAX, H), then its gradient
    private final Tensor logits; // (ROWS_MAX, V), then their gradient
    private final Tensor losses; // (n, 1)

    HeadLoss(Ends ends, Arena arena, Tensor hidden, int[] targets, Tensor gradient) {
        this.kernels = ends.kernels();
        this.head = ends.head();
        this.norm = ends.norm();
        this.hidden = hidden;
        this.gradient = gradient;
        this.targets = targets.clone();
        this.counted = (int) Arrays.stream(targets)
                .filter(target -> target != BackwardKernels.NO_TARGET)
                .count();
        if (targets.length != hidden.rows() || counted == 0) {
            throw new IllegalArgumentException(
                    targets.length + " targets, " + counted + " of them given, for hidden state " + hidden);
        }
        if (!gradient.shape().equals(hidden.shape())) {
            throw new IllegalArgumentException("gradient " + gradient + " for hidden state " + hidden);
        }
        long rows = Math.min(ROWS_MAX, hidden.rows());
        KernelMemory memory = kernels.memory();
        this.normed = memory.allocate(arena, DType.F32, rows, head.columns());
        this.logits = memory.allocate(arena, DType.F32, rows, head.rows());
        this.losses = Tensor.allocate(arena, DType.F32, hidden.rows(), 1);
    }

    /** Mean over the rows that have a target, after the run. */
    double mean() {
        double sum = 0;
        for (long i = 0; i < losses.elements(); i++) {
            sum += losses.getFloat(i);
        }
        return sum / counted;
    }

    @Override
    public void run(Member me) {
        kernels.memory().zero(me, gradient);
        me.barrier();
        for (int start = 0; start < targets.length; start += ROWS_MAX) {
            run(new Worker(me, kernels), start, Math.min(targets.length, start + ROWS_MAX));
        }
    }

    private void run(Worker worker, int start, int end) {
        Member me = worker.me();
        BackwardKernels backward = kernels.backward();
        Tensor input = hidden.slice(start, end);
        Tensor normedRows = normed.slice(0, end - start);
        Tensor logitRows = logits.slice(0, end - start);
        norm.apply(worker, input, normedRows);
        me.barrier();
        kernels.multiply(me, normedRows, head, logitRows);
        me.barrier();
        int[] targetRows = Arrays.copyOfRange(targets, start, end);
        backward.crossEntropy(me, logitRows, targetRows, 1f / counted, losses.slice(start, end));
        me.barrier();
        kernels.multiplyTransposed(me, logitRows, head, normedRows);
        me.barrier();
        norm.backward(worker, input, normedRows, gradient.slice(start, end));
        me.barrier();
    }
}
