/** Three remote calls, DHTProtocol.rpc_ping, rpc_store and rpc_find: their messages, how we make them and how we answer them. See {@code docs/wire/dht.md}; start at {@link corolla.dht.protocol.DhtCaller} and {@link corolla.dht.protocol.DhtService}. */
@NullMarked
package corolla.dht.protocol;

import org.jspecify.annotations.NullMarked;
