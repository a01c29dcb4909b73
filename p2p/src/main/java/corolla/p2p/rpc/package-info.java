/**
 * Remote procedure calls over libp2p streams, as hivemind's daemon p2pd speaks them: unary calls of one message each way, and
 * calls with a stream of messages both ways. The wire, its limits and the traps of the reference are told in
 * {@code docs/wire/rpc.md}. Start reading at {@link corolla.p2p.rpc.Rpc}.
 *
 * <pre>{@code
 * rpc.handleUnary("EchoService.rpc_echo", (context, request) -> request);
 * byte[] answer = rpc.callUnary(peer, "EchoService.rpc_echo", request, deadline);
 *
 * try (RpcCall call = rpc.openStream(peer, "EchoService.rpc_echo_stream", deadline)) {
 *     call.send(request, deadline);
 *     byte[] answer = call.receive(deadline);
 *     call.endRequests(deadline);
 * }
 * }</pre>
 */
@NullMarked
package corolla.p2p.rpc;

import org.jspecify.annotations.NullMarked;
