package corolla.model.tokenizer.internal;

/** Counts what a template does, and stops it: nested loops would run for years. Confined to one rendering. */
public final class TemplateSteps {
    private final int stepsMax;
    private int steps;

    public TemplateSteps(int stepsMax) {
        this.stepsMax = stepsMax;
    }

    /** One more node is rendered. */
    public void count() {
        steps++;
        if (steps > stepsMax) {
            throw new IllegalStateException("more than " + stepsMax + " steps");
        }
    }
}
