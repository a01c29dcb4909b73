/**
 * A node of hivemind's DHT. Its rules and wire are in {@code docs/wire/dht.md}.
 *
 * <pre>{@code
 * try (DhtNode dht = DhtNode.start(environment, host, rpc, DhtConfig.defaults().withInitialPeers(peers))) {
 *     dht.store(new DhtStore(Pack.of("key"), Pack.of("value"), dht.now() + 60), deadline);
 *     Map<Pack, DhtValue> found = dht.getMany(List.of(Pack.of("key")), true, deadline);
 * }
 * }</pre>
 */
@NullMarked
package corolla.dht;

import org.jspecify.annotations.NullMarked;
