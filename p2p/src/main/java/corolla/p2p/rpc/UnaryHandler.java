package corolla.p2p.rpc;

/** Serves one unary method. Called on a virtual thread of its own for each call. */
@FunctionalInterface
public interface UnaryHandler {

    /**
     * Answers one request. When the caller gives up, this thread is interrupted and {@link RpcContext#cancelled} is true.
     *
     * @param request owned by the handler
     * @return the response; with its envelope within the unary limit of 4 MiB
     * @throws Exception anything: the caller gets {@code TypeName('message')}, see {@link RpcErrors}
     */
    byte[] handle(RpcContext context, byte[] request) throws Exception;
}
