package corolla.p2p.host;

import corolla.base.multiformat.Multiaddr;
import corolla.p2p.P2pLimits;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which addresses failed lately, and how long they are left alone: 5 s + n² s after n failures more, at most 5 min, as p2pd does; where
 * somebody else answered, for those 5 min at once. Pure: {@code now} is {@code Clock.nanoTime}. Confined to its owner's lock. Forgets the eldest when it knows too many.
 */
final class DialBackoff {
    private final P2pLimits limits;
    private final Map<Multiaddr, Failure> failures = new LinkedHashMap<>();

    /** @param mayRetry whether it may be dialed once before the end */
    private record Failure(int count, long untilNanos, String reason, boolean mayRetry) {}

    DialBackoff(P2pLimits limits) {
        this.limits = limits;
    }

    void failed(Multiaddr address, String reason, long now) {
        Failure before = failures.remove(address);
        if (before != null && before.mayRetry && before.untilNanos - now > 0) {
            // A retry in between changes nothing for those who wait.
            failures.put(address, new Failure(before.count, before.untilNanos, reason, false));
            return;
        }
        int count = before == null ? 0 : Math.min(before.count + 1, 1000);
        Duration wait = limits.dialBackoff().plusSeconds((long) count * count);
        Duration capped = wait.compareTo(limits.dialBackoffMax()) > 0 ? limits.dialBackoffMax() : wait;
        put(address, new Failure(count, now + capped.toNanos(), reason, false));
    }

    /** Somebody else answered at the address of a peer, which is named in it: it does not come back there in a moment. */
    void isAnothers(Multiaddr addressOfPeer, String reason, long now) {
        failures.remove(addressOfPeer);
        put(addressOfPeer, new Failure(0, now + limits.dialBackoffMax().toNanos(), reason, false));
    }

    private void put(Multiaddr address, Failure failure) {
        failures.put(address, failure);
        if (failures.size() > limits.dialBackoffsMax()) {
            failures.remove(failures.keySet().iterator().next());
        }
    }

    /** Lets it be dialed once although it failed lately. */
    void allowOnce(Multiaddr address) {
        failures.computeIfPresent(
                address, (_, failure) -> new Failure(failure.count, failure.untilNanos, failure.reason, true));
    }

    /** Whether it failed and is to be left alone still, {@link #allowOnce} or not. */
    boolean failedLately(Multiaddr address, long now) {
        Failure failure = failures.get(address);
        return failure != null && failure.untilNanos - now > 0;
    }

    void succeeded(Multiaddr address) {
        failures.remove(address);
    }

    /** Why the address is left alone now; empty when it may be dialed. */
    Optional<String> reason(Multiaddr address, long now) {
        Failure failure = failures.get(address);
        if (failure == null || failure.mayRetry || failure.untilNanos - now <= 0) {
            return Optional.empty();
        }
        Duration left = Duration.ofNanos(failure.untilNanos - now);
        return Optional.of("not tried again for " + (left.toSeconds() + 1) + " s, since it failed: " + failure.reason);
    }
}
