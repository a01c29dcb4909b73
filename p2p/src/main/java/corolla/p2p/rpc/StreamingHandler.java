package corolla.p2p.rpc;

/** Serves one streaming method. Called on a virtual thread of its own for each call. */
@FunctionalInterface
public interface StreamingHandler {

    /**
     * Serves one call; returning ends the responses normally. When the caller gives up, this thread is interrupted and
     * {@link RpcContext#cancelled} is true.
     *
     * @throws Exception anything: the caller gets its message, see {@link RpcErrors}
     */
    void handle(RpcContext context, RpcSource requests, RpcSink responses) throws Exception;
}
