/**
 * libp2p's Kademlia, {@code /ipfs/kad/1.0.0}, as far as hivemind needs it: FIND_NODE, which turns a peer id into addresses.
 * hivemind's own DHT (module {@code dht}) carries peer ids only. See {@code docs/wire/kad.md}; start at
 * {@link corolla.p2p.kad.Kad}.
 *
 * <p>Differences from go-libp2p's: values and providers are not kept; what asks for them gets closer peers only.
 */
@NullMarked
package corolla.p2p.kad;

import org.jspecify.annotations.NullMarked;
