/**
 * Answers calls. Each kind of call has a handler that checks what the peer sent before anything is believed or allocated;
 * {@link corolla.server.handler.InferenceSession} is the state of one {@code rpc_inference} stream.
 */
@NullMarked
package corolla.server.handler;

import org.jspecify.annotations.NullMarked;
