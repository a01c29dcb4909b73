package corolla.p2p.rpc;

import corolla.p2p.PeerId;

/** What a handler may know about the call that it serves. Thread-safe. */
public interface RpcContext {

    /** Who calls; the connection has proven it. */
    PeerId peer();

    /** The method's name, as it was registered. */
    String name();

    /** True once the caller has given up or is gone: the answer would reach nobody. */
    boolean cancelled();
}
