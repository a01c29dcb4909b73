package corolla.model.family;

/** Where a block's norms stand, and whether its two branches follow each other; h is the hidden state. */
public enum BlockLayout {
    /** h += attention(norm(h)), then h += feedForward(norm(h)). */
    SEQUENTIAL,
    /** h += norm(attention(norm(h))), then h += norm(feedForward(norm(h))). */
    SEQUENTIAL_FOUR_NORMS,
    /** n = norm(h), h += attention(n) + feedForward(n). */
    PARALLEL,
    /** h += attention(norm(h)) + feedForward(otherNorm(h)). */
    PARALLEL_TWO_NORMS;

    public boolean isParallel() {
        return this == PARALLEL || this == PARALLEL_TWO_NORMS;
    }

    /** Whether what a branch adds is normalised too. */
    public boolean hasPostNorms() {
        return this == SEQUENTIAL_FOUR_NORMS;
    }
}
