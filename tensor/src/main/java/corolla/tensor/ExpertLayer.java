package corolla.tensor;

import org.jspecify.annotations.Nullable;

/**
 * The routed experts of one block. H the hidden size, I the size of an expert, E experts.
 *
 * @param rule how a router's logits choose
 * @param correction f32 (E) in the host's memory, as {@link Routing#choose} takes it, or null
 * @param up (E, 2 · I, H): gates, then ups
 * @param gate what becomes of both
 * @param down (E, H, I)
 */
public record ExpertLayer(
        RoutingRule rule, @Nullable Tensor correction, GroupMatrix up, ExpertGate gate, GroupMatrix down) {

    public ExpertLayer {
        if (up.matrices().size() != rule.experts() || down.matrices().size() != rule.experts()) {
            throw new IllegalArgumentException(up.matrices().size() + " and "
                    + down.matrices().size() + " projections for " + rule.experts() + " experts");
        }
        if (up.rows() != 2 * down.columns() || up.columns() != down.rows()) {
            throw new IllegalArgumentException("experts of (" + up.rows() + ", " + up.columns() + ") and ("
                    + down.rows() + ", " + down.columns() + ")");
        }
        if (correction != null) {
            Check.floats("correction", correction);
            if (correction.elements() != rule.experts()) {
                throw new IllegalArgumentException("correction " + correction + " for " + rule.experts() + " experts");
            }
        }
    }
}
