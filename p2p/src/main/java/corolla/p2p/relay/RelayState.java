package corolla.p2p.relay;

import corolla.p2p.PeerId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a relay has given to whom: slots and circuits. Pure: {@code now} is {@code Clock.nanoTime}. Confined to its owner's lock.
 */
final class RelayState {
    private final RelayLimits limits;
    private final Map<PeerId, Slot> slots = new LinkedHashMap<>(); // eldest first, since each lasts equally long
    private final Map<PeerId, Integer> circuitsOfPeer = new HashMap<>(); // looked up only
    private int circuits;

    private record Slot(String address, long untilNanos) {}

    RelayState(RelayLimits limits) {
        this.limits = limits;
    }

    /**
     * A peer wants a slot, or the one that it has renewed.
     *
     * @param address the IP address that its connection comes from
     */
    RelayStatus reserve(PeerId peer, String address, long now) {
        expire(now);
        Slot before = slots.remove(peer);
        long neighbours = slots.values().stream()
                .filter(slot -> slot.address.equals(address))
                .count();
        if (slots.size() >= limits.reservationsMax() || neighbours >= limits.reservationsPerAddressMax()) {
            if (before != null) {
                slots.put(peer, before); // only when it has moved to a crowded address
            }
            return RelayStatus.RESERVATION_REFUSED;
        }
        slots.put(peer, new Slot(address, now + limits.reservationTime().toNanos()));
        return RelayStatus.OK;
    }

    /** Somebody wants a circuit to a peer; when the answer is OK it counts until {@link #ended}. */
    RelayStatus connect(PeerId source, PeerId target, long now) {
        expire(now);
        if (!slots.containsKey(target)) {
            return RelayStatus.NO_RESERVATION;
        }
        if (circuits >= limits.circuitsMax() || isBusy(source) || isBusy(target)) {
            return RelayStatus.RESOURCE_LIMIT_EXCEEDED;
        }
        circuits++;
        circuitsOfPeer.merge(source, 1, Integer::sum);
        circuitsOfPeer.merge(target, 1, Integer::sum);
        return RelayStatus.OK;
    }

    private boolean isBusy(PeerId peer) {
        return circuitsOfPeer.getOrDefault(peer, 0) >= limits.circuitsPerPeerMax();
    }

    void ended(PeerId source, PeerId target) {
        circuits--;
        circuitsOfPeer.computeIfPresent(source, (peer, count) -> count == 1 ? null : count - 1);
        circuitsOfPeer.computeIfPresent(target, (peer, count) -> count == 1 ? null : count - 1);
    }

    /** A slot lasts only as long as the peer's connection. @return whether it had one */
    boolean disconnected(PeerId peer) {
        return slots.remove(peer) != null;
    }

    private void expire(long now) {
        slots.values().removeIf(slot -> slot.untilNanos - now <= 0);
    }

    boolean hasSlot(PeerId peer, long now) {
        expire(now);
        return slots.containsKey(peer);
    }

    int circuits() {
        return circuits;
    }
}
