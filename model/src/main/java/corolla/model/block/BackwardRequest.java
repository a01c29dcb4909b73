package corolla.model.block;

import corolla.tensor.Check;
import corolla.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a backward over blocks {@code [from, to)} works on; all tensors f32 and borrowed. B sequences of S tokens, H the hidden
 * size, N = to - from.
 *
 * @param from absolute index of the first block
 * @param to absolute index after the last block
 * @param inputs (B, S, H): what entered the first block, before its prompt was added; not changed
 * @param gradient (B, S, H): of the last block's output; becomes that of {@code inputs}
 * @param prompts (N, B or 1, P, H) deep prompts as in the forward, or null
 * @param promptGradient (N, B, P, H), overwritten: one for each sequence even if they share their prompts; null where it is
 *     not wanted
 * @param adapter what was added to the blocks' weights in the forward, or null; made for the same stack. It has no gradient
 */
public record BackwardRequest(
        int from,
        int to,
        Tensor inputs,
        Tensor gradient,
        @Nullable Tensor prompts,
        @Nullable Tensor promptGradient,
        @Nullable StackAdapter adapter) {

    public BackwardRequest {
        if (from >= to) {
            throw new IllegalArgumentException("backward over blocks [" + from + ", " + to + ")");
        }
        Check.floats("inputs", inputs);
        Check.floats("gradient", gradient);
        if (inputs.shape().rank() != 3 || inputs.elements() == 0) {
            throw new IllegalArgumentException("inputs " + inputs + ", not (batch, tokens, hidden size)");
        }
        if (!gradient.shape().equals(inputs.shape())) {
            throw new IllegalArgumentException("gradient " + gradient + " for inputs " + inputs);
        }
        if (prompts != null) {
            requirePrompts(to - from, inputs, prompts);
        }
        if (promptGradient != null) {
            requirePromptGradient(inputs, prompts, promptGradient);
        }
    }

    /** A backward without adapter. */
    public BackwardRequest(
            int from,
            int to,
            Tensor inputs,
            Tensor gradient,
            @Nullable Tensor prompts,
            @Nullable Tensor promptGradient) {
        this(from, to, inputs, gradient, prompts, promptGradient, null);
    }

    /** A backward without prompts and adapter. */
    public static BackwardRequest of(int from, int to, Tensor inputs, Tensor gradient) {
        return new BackwardRequest(from, to, inputs, gradient, null, null);
    }

    /** The same with an adapter, or none. */
    public BackwardRequest withAdapter(@Nullable StackAdapter other) {
        return new BackwardRequest(from, to, inputs, gradient, prompts, promptGradient, other);
    }

    public int blockCount() {
        return to - from;
    }

    public int batch() {
        return Math.toIntExact(inputs.shape().size(0));
    }

    public int tokens() {
        return Math.toIntExact(inputs.shape().size(1));
    }

    /** B · S. */
    public int rows() {
        return Math.multiplyExact(batch(), tokens());
    }

    private static void requirePrompts(int blocks, Tensor inputs, Tensor prompts) {
        Check.floats("prompts", prompts);
        if (prompts.shape().rank() != 4
                || prompts.shape().size(0) != blocks
                || (prompts.shape().size(1) != 1
                        && prompts.shape().size(1) != inputs.shape().size(0))
                || prompts.shape().size(2) > inputs.shape().size(1)
                || prompts.columns() != inputs.columns()) {
            throw new IllegalArgumentException(
                    "prompts " + prompts + " for " + blocks + " blocks and inputs " + inputs);
        }
    }

    private static void requirePromptGradient(Tensor inputs, @Nullable Tensor prompts, Tensor promptGradient) {
        Check.floats("prompt gradient", promptGradient);
        if (prompts == null
                || promptGradient.shape().rank() != 4
                || promptGradient.shape().size(0) != prompts.shape().size(0)
                || promptGradient.shape().size(1) != inputs.shape().size(0)
                || promptGradient.shape().size(2) != prompts.shape().size(2)
                || promptGradient.columns() != prompts.columns()) {
            throw new IllegalArgumentException("prompt gradient " + promptGradient + " for prompts "
                    + (prompts == null ? "absent" : prompts) + " and inputs " + inputs);
        }
    }
}
