package corolla.server;

import corolla.dht.DhtNode;
import corolla.p2p.Host;
import corolla.p2p.rpc.Rpc;

/**
 * What connects a server with its swarm. Borrowed by it.
 *
 * @param host our node
 * @param rpc calls on that node
 * @param dht the swarm's directory, on that node
 */
public record ServerNetwork(Host host, Rpc rpc, DhtNode dht) {}
