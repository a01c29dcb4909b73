package corolla.model.source;

/**
 * Which weights of a model are needed; configuration and tokenizer always are.
 *
 * @param ends embeddings, final norm and head
 * @param blockStart first block
 * @param blockEnd block after the last; equal to {@code blockStart} for none
 * @param headers what describes the tensors of every file, also of those without a needed one
 */
public record ModelParts(boolean ends, int blockStart, int blockEnd, boolean headers) {

    public ModelParts {
        if (blockStart < 0 || blockEnd < blockStart) {
            throw new IllegalArgumentException("blocks [" + blockStart + ", " + blockEnd + ")");
        }
    }

    /** Whether a block is among them. */
    boolean has(int block) {
        return block >= blockStart && block < blockEnd;
    }

    boolean isAll() {
        return ends && blockStart == 0 && blockEnd == Integer.MAX_VALUE;
    }

    /** Configuration and tokenizer. */
    public static ModelParts none() {
        return new ModelParts(false, 0, 0, false);
    }

    /** Configuration, tokenizer, and what tensors there are: enough to say what a model is. */
    public static ModelParts described() {
        return new ModelParts(false, 0, 0, true);
    }

    /** Everything. */
    public static ModelParts all() {
        return new ModelParts(true, 0, Integer.MAX_VALUE, false);
    }

    /** What a client keeps. */
    public static ModelParts onlyEnds() {
        return new ModelParts(true, 0, 0, false);
    }

    /** What a server keeps. */
    public static ModelParts blocks(int start, int end) {
        return new ModelParts(false, start, end, false);
    }
}
