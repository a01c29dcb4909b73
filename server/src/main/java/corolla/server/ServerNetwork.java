package corolla.server;

import corolla.dht.DhtNode;
import corolla.p2p.Host;
import corolla.p2p.rpc.Rpc;

/**
 * What connects a server with its swarm. Borrowed by it. Servers of several models on one node share one of these.
 *
 * @param host our node
 * @param rpc calls on that node
 * @param dht the swarm's directory, on that node
 * @param models who else serves on that node
 */
public record ServerNetwork(Host host, Rpc rpc, DhtNode dht, ServedModels models) {

    /** A node on which nobody serves yet. */
    public ServerNetwork(Host host, Rpc rpc, DhtNode dht) {
        this(host, rpc, dht, new ServedModels());
    }
}
