/** Who is known: ids, contacts, and Kademlia's buckets of them with hivemind's rule of splitting. All pure. Start at {@link corolla.dht.kbucket.RoutingTable}. */
@NullMarked
package corolla.dht.kbucket;

import org.jspecify.annotations.NullMarked;
