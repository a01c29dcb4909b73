/**
 * Blocks without a cache, and their gradients: {@code rpc_forward}, {@code rpc_backward} and their streamed forms over a chain of servers,
 * in micro-batches, each retried part by part (Petals behaviour §1.5). Start reading at {@link corolla.client.forward.ForwardChain}; a
 * {@link corolla.client.forward.Tape} is what a forward leaves for its backward; {@link corolla.client.forward.Codecs} say how tensors are
 * packed on each link.
 */
@NullMarked
package corolla.client.forward;

import org.jspecify.annotations.NullMarked;
