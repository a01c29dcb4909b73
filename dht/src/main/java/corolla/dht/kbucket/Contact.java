package corolla.dht.kbucket;

import corolla.p2p.PeerId;

/** A node of the DHT: where it stands, and how to call it. */
public record Contact(DhtId node, PeerId peer) {}
