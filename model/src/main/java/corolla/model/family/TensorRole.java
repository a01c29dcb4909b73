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

    /** Projection into the activation, where another stands beside it. */
    GATE,
    /** Projection beside the gate, or the only one. */
    UP,
    /** Projection back to the hidden state. */
    DOWN
}
