package corolla.model.adapter;

/**
 * What an adapter adds to one linear layer. A is (rank, inputs), B is (outputs, rank). Immutable.
 *
 * @param name the layer's whole name: {@code model.layers.3.self_attn.q_proj}
 * @param inputs size of an input
 * @param outputs size of an output
 * @param rank r
 * @param scale what the product of both is multiplied by
 */
public record LoraModule(String name, long inputs, long outputs, int rank, float scale) {}
