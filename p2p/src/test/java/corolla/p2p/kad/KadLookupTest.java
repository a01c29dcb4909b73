package corolla.p2p.kad;

import static corolla.p2p.kad.KadTableTest.peer;
import static org.assertj.core.api.Assertions.assertThat;

import corolla.p2p.PeerId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KadLookupTest {
    private static final KadKey TARGET = KadKey.of(peer(0));
    private static final KadLimits LIMITS = KadLimits.defaults();

    /** Peers by their distance to the target, nearest first. */
    private static List<PeerId> peersByDistance(int count) {
        List<PeerId> peers = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            peers.add(peer(i));
        }
        peers.sort((a, b) -> TARGET.compareDistance(KadKey.of(a), KadKey.of(b)));
        return peers;
    }

    @Test
    void nearestAreAskedFirstWithinTheConcurrency() {
        KadLookup lookup = new KadLookup(TARGET, peer(99), 3, LIMITS);
        List<PeerId> peers = peersByDistance(30);
        lookup.heard(peers);
        for (int i = 0; i < LIMITS.concurrency(); i++) {
            assertThat(lookup.next(LIMITS.concurrency())).contains(peers.get(i));
        }
        assertThat(lookup.next(LIMITS.concurrency())).isEmpty();
        assertThat(lookup.isDone()).isFalse();
    }

    @Test
    void itEndsWhenTheNearestHaveAnswered() {
        KadLookup lookup = new KadLookup(TARGET, peer(99), 3, LIMITS);
        List<PeerId> peers = peersByDistance(30);
        lookup.heard(peers);
        for (int i = 0; i < 4; i++) {
            assertThat(lookup.next(LIMITS.concurrency())).isPresent();
        }
        lookup.answered(peers.get(0), List.of());
        lookup.failed(peers.get(1));
        lookup.answered(peers.get(3), List.of());
        assertThat(lookup.isDone()).isFalse();
        lookup.answered(peers.get(2), List.of());
        assertThat(lookup.isDone()).isTrue();
        assertThat(lookup.next(LIMITS.concurrency())).isEmpty();
        assertThat(lookup.answered()).containsExactly(peers.get(0), peers.get(2), peers.get(3));
    }

    @Test
    void nearerOnesFromAnswersAreAskedNext() {
        KadLookup lookup = new KadLookup(TARGET, peer(99), 3, LIMITS);
        List<PeerId> peers = peersByDistance(10);
        lookup.heard(List.of(peers.get(9)));
        assertThat(lookup.next(LIMITS.concurrency())).contains(peers.get(9));
        lookup.answered(peers.get(9), List.of(peers.get(4), peers.get(2), peer(99)));
        assertThat(lookup.next(LIMITS.concurrency())).contains(peers.get(2));
        assertThat(lookup.next(LIMITS.concurrency())).contains(peers.get(4));
        assertThat(lookup.next(LIMITS.concurrency())).isEmpty();
    }

    @Test
    void withoutAnybodyItIsDone() {
        assertThat(new KadLookup(TARGET, peer(99), 3, LIMITS).isDone()).isTrue();
    }

    @Test
    void aFloodOfPeersIsBounded() {
        KadLookup lookup = new KadLookup(TARGET, peer(9999), 3, LIMITS);
        int asked = 0;
        int number = 0;
        lookup.heard(List.of(peer(++number)));
        Optional<PeerId> next = lookup.next(LIMITS.concurrency());
        while (next.isPresent()) {
            asked++;
            List<PeerId> flood = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                flood.add(peer(++number));
            }
            lookup.failed(next.get());
            lookup.heard(flood);
            next = lookup.next(LIMITS.concurrency());
        }
        assertThat(asked).isEqualTo(LIMITS.queriesMax());
        assertThat(lookup.isDone()).isTrue();
    }
}
