package corolla.swarm.protocol;

/** Names of the remote procedures of a server. */
public final class ServiceNames {
    public static final String INFO = "TransformerConnectionHandler.rpc_info";
    public static final String FORWARD = "TransformerConnectionHandler.rpc_forward";
    public static final String FORWARD_STREAM = "TransformerConnectionHandler.rpc_forward_stream";
    public static final String BACKWARD = "TransformerConnectionHandler.rpc_backward";
    public static final String BACKWARD_STREAM = "TransformerConnectionHandler.rpc_backward_stream";
    public static final String INFERENCE = "TransformerConnectionHandler.rpc_inference";
    public static final String PUSH = "TransformerConnectionHandler.rpc_push";
    public static final String REACHABILITY_CHECK = "ReachabilityProtocol.rpc_check";

    private ServiceNames() {}
}
