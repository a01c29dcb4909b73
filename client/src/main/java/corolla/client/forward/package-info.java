/** Blocks without a cache: {@code rpc_forward} and {@code rpc_forward_stream} over a chain of servers, retried part by part. */
@NullMarked
package corolla.client.forward;

import org.jspecify.annotations.NullMarked;
