package corolla.model.block;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which linear layers of a checkpoint a projection is made of: their outputs one after another, for the same inputs. Immutable.
 *
 * @param slot where in a block
 * @param inputs size of an input
 * @param modules whose outputs they are, in order
 * @param order of the rows, where they are sorted anew after they were read, or null
 */
record ProjectionPlan(
        Slot slot,
        long inputs,
        List<Module> modules,
        @Nullable GroupedRows order) {

    /** The projections of a block. */
    enum Slot {
        /** To queries, keys and values; with latent attention to the latents of both. */
        ATTENTION_INPUT,
        /** From the latent of queries to queries. */
        QUERY_FROM_LATENT,
        ATTENTION_OUTPUT,
        ROUTER,
        /** To gate and up, or up alone. */
        FEED_FORWARD_INPUT,
        FEED_FORWARD_OUTPUT,
        /** To gate and up of an expert. */
        EXPERT_INPUT,
        EXPERT_OUTPUT;

        /** Whether it is a linear layer in every version of the reference, so that an adapter for all has a part there. */
        boolean isAlwaysLinear() {
            return this != ROUTER && this != EXPERT_INPUT && this != EXPERT_OUTPUT;
        }
    }

    /**
     * A linear layer of the checkpoint.
     *
     * @param name within the block: {@code self_attn.q_proj}
     * @param outputs size of an output
     */
    record Module(String name, long outputs) {}

    ProjectionPlan {
        modules = List.copyOf(modules);
    }

    /** Size of an output. */
    long outputs() {
        return modules.stream().mapToLong(Module::outputs).sum();
    }
}
