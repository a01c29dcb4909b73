/**
 * One inference session over several servers (petals-protocol, "rpc_inference"), which survives the loss of any of them.
 *
 * <p>{@link corolla.client.session.InferenceSession} holds the chain. For each server it keeps the inputs so far
 * ({@code InputHistory}); when a server fails, other servers take over its blocks, are fed the same inputs, and the answer goes on
 * with the same tokens. Stock Petals means to do the same; its replay is broken (petals-behaviour, "Inference session").
 */
@NullMarked
package corolla.client.session;

import org.jspecify.annotations.NullMarked;
