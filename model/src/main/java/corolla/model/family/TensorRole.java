package corolla.model.family;

/** What a tensor of a checkpoint is for; families call them differently. Weights and biases of one role share a name. */
public enum TensorRole {
    /** The embedding table. */
    EMBEDDINGS,
    /** A norm on embeddings. */
    EMBEDDING_NORM,
    /** The norm before the head. */
    FINAL_NORM,
    /** The head, absent from the files when it is tied. */
    HEAD,

    /** The norm before attention; the only one where branches are parallel and share it. */
    ATTENTION_NORM,
    /** The norm after attention, before its output is added. */
    ATTENTION_POST_NORM,
    /** The norm before the feed-forward part. */
    FEED_FORWARD_NORM,
    /** The norm after the feed-forward part, before its output is added. */
    FEED_FORWARD_POST_NORM,
    /** The norm before attention where parallel branches have one each. */
    PARALLEL_ATTENTION_NORM,
    /** The norm before the feed-forward part where parallel branches have one each. */
    PARALLEL_FEED_FORWARD_NORM,

    /** Projection of queries. */
    QUERY,
    /** Projection of keys. */
    KEY,
    /** Projection of values. */
    VALUE,
    /** All three in one tensor. */
    QUERY_KEY_VALUE,
    /** The norm of every query head. */
    QUERY_NORM,
    /** The norm of every key head. */
    KEY_NORM,
    /** Projection back to the hidden state. */
    ATTENTION_OUTPUT,

    /** A number for each query head that takes part in its softmax; the name is whole. */
    SINKS,
    /** Projection to the latent of queries. */
    QUERY_LATENT,
    /** The norm of that latent. */
    QUERY_LATENT_NORM,
    /** Projection of the latent to queries. */
    QUERY_FROM_LATENT,
    /** Projection to the latent of keys and values, and to the rotated key. */
    KEY_VALUE_LATENT,
    /** The norm of that latent, without the rotated key. */
    KEY_VALUE_LATENT_NORM,
    /** Projection of the latent to keys and values of all heads. */
    KEY_VALUE_FROM_LATENT,
    /** The half of it that makes keys, where a file has two: of each head (latent, key). */
    KEY_FROM_LATENT,
    /** The half that makes values: of each head (value, latent). */
    VALUE_FROM_LATENT,

    /** Projection to a logit for each expert. */
    ROUTER,
    /** What is added to the router's scores where they choose; the name is whole. */
    ROUTER_CORRECTION,
    /** What stands before an expert's index. */
    EXPERTS,
    /** As {@link #GATE}, of one expert, after its index. */
    EXPERT_GATE,
    /** As {@link #UP}, of one expert, after its index. */
    EXPERT_UP,
    /** As {@link #DOWN}, of one expert, after its index. */
    EXPERT_DOWN,
    /** Of each expert gates, then ups, outputs first, in one tensor; the name is whole. */
    STACKED_GATE_UP,
    /** Of each expert the projection back, outputs first, in one tensor; the name is whole. */
    STACKED_DOWN,
    /** Gates and ups of all experts in turn, inputs first; the name is whole. */
    EXPERTS_GATE_UP,
    /** Projections back of all experts, inputs first; the name is whole. */
    EXPERTS_DOWN,
    /** As {@link #GATE}, of the expert for all tokens. */
    SHARED_GATE,
    /** As {@link #UP}, of the expert for all tokens. */
    SHARED_UP,
    /** As {@link #DOWN}, of the expert for all tokens. */
    SHARED_DOWN,

    /** Projection into the activation, where another stands beside it. */
    GATE,
    /** Projection beside the gate, or the only one. */
    UP,
    /** Projection back to the hidden state. */
    DOWN
}
