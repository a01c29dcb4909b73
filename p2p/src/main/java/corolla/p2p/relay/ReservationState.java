package corolla.p2p.relay;

import corolla.p2p.PeerId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * At which relays a relayed peer has slots, and whom it asks next. Pure: {@code now} is {@code Clock.nanoTime}. Confined to its owner's
 * lock.
 */
final class ReservationState {
    private final RelayLimits limits;
    private final Map<PeerId, Relay> relays = new LinkedHashMap<>(); // in the order they were first asked

    /** What is known of a relay. */
    private static final class Relay {
        private boolean isHeld;
        private long untilNanos; // of the slot, while held
        private long askNanos; // not before
        private int refusals; // in a row
    }

    ReservationState(RelayLimits limits) {
        this.limits = limits;
    }

    /** The relay to ask now: for a slot that ends soon, else for one more while there are too few. */
    Optional<PeerId> due(Collection<PeerId> candidates, long now) {
        expire(now);
        for (var known : relays.entrySet()) {
            if (known.getValue().isHeld && known.getValue().askNanos - now <= 0) {
                return Optional.of(known.getKey());
            }
        }
        if (heldCount() >= limits.reservationsWanted()) {
            return Optional.empty();
        }
        return candidates.stream().filter(peer -> mayAsk(peer, now)).findFirst();
    }

    private boolean mayAsk(PeerId peer, long now) {
        Relay relay = relays.get(peer);
        return relay == null || (!relay.isHeld && relay.askNanos - now <= 0);
    }

    /** When {@link #due} may give an answer that it does not give now, if nothing happens before; null for never. */
    @Nullable
    Long nextNanos() {
        boolean wantsMore = heldCount() < limits.reservationsWanted();
        Long next = null;
        for (Relay relay : relays.values()) {
            if ((relay.isHeld || wantsMore) && (next == null || relay.askNanos - next < 0)) {
                next = relay.askNanos;
            }
            if (relay.isHeld && (next == null || relay.untilNanos - next < 0)) {
                next = relay.untilNanos;
            }
        }
        return next;
    }

    /** The relay has given us a slot, or renewed it. */
    void granted(PeerId peer, long untilNanos, long now) {
        Relay relay = remember(peer);
        long left = untilNanos - now;
        relay.isHeld = true;
        relay.refusals = 0;
        relay.untilNanos = untilNanos;
        relay.askNanos = now + Math.max(left - limits.renewBefore().toNanos(), left / 2);
    }

    /** It has refused, or did not answer; a slot that we have there lasts until its end. */
    void refused(PeerId peer, long now) {
        Relay relay = remember(peer);
        int doublings = Math.min(relay.refusals++, 16);
        relay.askNanos = now
                + Math.min(
                        limits.retryFirst().toNanos() << doublings,
                        limits.retryMax().toNanos());
    }

    /** Forgets the relay that refused longest ago when there are too many. */
    private Relay remember(PeerId peer) {
        Relay relay = relays.computeIfAbsent(peer, id -> new Relay());
        var others = relays.entrySet().iterator();
        while (relays.size() > limits.relaysKnownMax()) {
            var eldest = others.next();
            if (!eldest.getValue().isHeld && eldest.getValue() != relay) {
                others.remove();
            }
        }
        return relay;
    }

    /** Our connection with it is lost, and the slot with it: it is asked again at once. @return whether there was one */
    boolean lost(PeerId peer, long now) {
        Relay relay = relays.get(peer);
        if (relay == null || !relay.isHeld) {
            return false;
        }
        relay.isHeld = false;
        relay.askNanos = now;
        return true;
    }

    /** Relays where we have a slot. */
    List<PeerId> held(long now) {
        expire(now);
        List<PeerId> held = new ArrayList<>();
        relays.forEach((peer, relay) -> {
            if (relay.isHeld) {
                held.add(peer);
            }
        });
        return held;
    }

    /** Relays that were asked before. */
    List<PeerId> known() {
        return List.copyOf(relays.keySet());
    }

    private long heldCount() {
        return relays.values().stream().filter(relay -> relay.isHeld).count();
    }

    private void expire(long now) {
        for (Relay relay : relays.values()) {
            if (relay.isHeld && relay.untilNanos - now <= 0) {
                relay.isHeld = false;
            }
        }
    }
}
