package corolla.dht.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.dht.kbucket.Contact;
import corolla.dht.kbucket.DhtId;
import corolla.dht.testing.Ids;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LookupTest {
    private static final DhtId KEY = Ids.starting(0);
    private static final LookupParameters SMALL = new LookupParameters(3, 2, 16, 100, 50);

    private static Lookup lookup(LookupParameters parameters, DhtId... keys) {
        return new Lookup(List.of(keys), parameters);
    }

    @Test
    void withoutNodesItIsDone() {
        Lookup lookup = lookup(SMALL, KEY);
        assertThat(lookup.isDone()).isTrue();
        assertThat(lookup.next()).isEmpty();
    }

    @Test
    void theNearestIsAskedFirstAndSoManyAtOnce() {
        Lookup lookup = lookup(SMALL, KEY);
        lookup.heard(KEY, List.of(Ids.contact(9), Ids.contact(1), Ids.contact(5)));
        assertThat(lookup.next()).map(Lookup.Ask::contact).contains(Ids.contact(1));
        assertThat(lookup.next()).map(Lookup.Ask::contact).contains(Ids.contact(5));
        assertThat(lookup.next()).isEmpty();
        assertThat(lookup.isDone()).isFalse();
    }

    @Test
    void aDoneBeamEndsTheSearch() {
        Lookup lookup = lookup(SMALL, KEY);
        lookup.heard(KEY, List.of(Ids.contact(1), Ids.contact(2), Ids.contact(3), Ids.contact(4)));
        for (int i = 0; i < 3; i++) {
            lookup.answered(lookup.next().orElseThrow());
        }
        assertThat(lookup.isDone()).isTrue();
        assertThat(lookup.answeredNearest(KEY)).containsExactly(Ids.contact(1), Ids.contact(2), Ids.contact(3));
        assertThat(lookup.answeredCount()).isEqualTo(3);
    }

    @Test
    void whoFailsMakesRoomInTheBeamAndIsNotHeardAgain() {
        Lookup lookup = lookup(SMALL, KEY);
        lookup.heard(KEY, List.of(Ids.contact(1), Ids.contact(2), Ids.contact(3), Ids.contact(4)));
        lookup.failed(lookup.next().orElseThrow());
        lookup.heard(KEY, List.of(Ids.contact(1)));
        for (int i = 0; i < 3; i++) {
            lookup.answered(lookup.next().orElseThrow());
        }
        assertThat(lookup.isDone()).isTrue();
        assertThat(lookup.answeredNearest(KEY)).containsExactly(Ids.contact(2), Ids.contact(3), Ids.contact(4));
    }

    @Test
    void aSufficientValueEndsTheKey() {
        Lookup lookup = lookup(SMALL, KEY);
        lookup.heard(KEY, List.of(Ids.contact(1), Ids.contact(2)));
        Lookup.Ask ask = lookup.next().orElseThrow();
        lookup.answered(ask);
        lookup.finish(KEY);
        assertThat(lookup.isDone()).isTrue();
        assertThat(lookup.next()).isEmpty();
    }

    @Test
    void hopsCountWhoToldOfWhom() {
        Lookup lookup = lookup(SMALL, KEY);
        lookup.heard(KEY, List.of(Ids.contact(9)));
        Lookup.Ask known = lookup.next().orElseThrow();
        lookup.answered(known);
        lookup.heard(KEY, List.of(Ids.contact(5), Ids.contact(9)), known);
        Lookup.Ask told = lookup.next().orElseThrow();
        lookup.answered(told);
        lookup.heard(KEY, List.of(Ids.contact(1)), told);
        assertThat(List.of(
                        known.hops(), told.hops(), lookup.next().orElseThrow().hops()))
                .containsExactly(1, 2, 3);
        assertThat(lookup.askedCount()).isEqualTo(3);
    }

    @Test
    void oneQuestionCarriesOtherUnfinishedKeysNearTheNode() {
        DhtId[] keys = new DhtId[9];
        for (int i = 0; i < 9; i++) {
            keys[i] = Ids.starting(i * 16);
        }
        Lookup lookup = lookup(SMALL, keys);
        lookup.finish(keys[1]);
        lookup.heard(keys[0], List.of(Ids.contact(0x21)));
        Lookup.Ask ask = lookup.next().orElseThrow();
        assertThat(ask.keys()).containsExactly(keys[0], keys[2], keys[3]); // √9 keys; keys[1] is finished
        lookup.answered(ask);
        lookup.heard(keys[2], List.of(Ids.contact(0x21)));
        assertThat(lookup.isDone()).isTrue(); // it was asked about keys[2] already
    }

    @Test
    void oneQuestionCarriesAllKeysForWhichTheNodeIsDue() {
        DhtId[] keys = {Ids.starting(0), Ids.starting(64), Ids.starting(128), Ids.starting(192)};
        Lookup lookup = lookup(SMALL, keys);
        for (DhtId key : keys) {
            lookup.heard(key, List.of(Ids.contact(0x21), Ids.contact(0x22)));
        }
        lookup.heard(keys[3], List.of(Ids.contact(193), Ids.contact(194), Ids.contact(195))); // its beam is others
        Lookup.Ask ask = lookup.next().orElseThrow();
        assertThat(ask.contact()).isEqualTo(Ids.contact(0x21));
        assertThat(ask.keys()).containsExactly(keys[0], keys[1], keys[2]); // √4 keys would be two
    }

    @Test
    void theNumberOfQuestionsIsLimited() {
        Lookup lookup = lookup(new LookupParameters(20, 5, 1, 7, 100), KEY);
        SplittableRandom random = new SplittableRandom(4);
        int asked = 0;
        for (int i = 0; i < 100 && !lookup.isDone() || i == 0; i++) {
            lookup.heard(KEY, List.of(Ids.random(random, 2 * i), Ids.random(random, 2 * i + 1)));
            Optional<Lookup.Ask> ask = lookup.next();
            if (ask.isPresent()) {
                asked++;
                lookup.answered(ask.get());
            }
        }
        assertThat(asked).isEqualTo(7);
    }

    @Test
    void theNearestNodesOfALargeNetworkAreFound() {
        SplittableRandom random = new SplittableRandom(5);
        List<Contact> network = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            network.add(Ids.random(random, i));
        }
        List<DhtId> keys = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            keys.add(DhtId.random(random));
        }
        Lookup lookup = new Lookup(keys, new LookupParameters(20, 4, 16, 1000, 200));
        keys.forEach(key -> lookup.heard(key, network.subList(0, 20)));
        Set<Contact> asked = new HashSet<>();
        while (!lookup.isDone()) {
            Lookup.Ask ask = lookup.next().orElseThrow();
            asked.add(ask.contact());
            lookup.answered(ask);
            ask.keys().forEach(key -> lookup.heard(key, known(network, ask.contact(), key)));
        }
        for (DhtId key : keys) {
            List<Contact> sorted = new ArrayList<>(network);
            sorted.sort((a, b) -> key.compareDistance(a.node(), b.node()));
            assertThat(lookup.answeredNearest(key).subList(0, 15)).isEqualTo(sorted.subList(0, 15));
        }
        assertThat(asked.size()).isLessThan(300);
    }

    /** What a node would answer: it knows those that share much with it, and a few of all others. */
    private static List<Contact> known(List<Contact> network, Contact node, DhtId key) {
        List<Contact> known = new ArrayList<>();
        List<Contact> near = new ArrayList<>(network);
        near.sort((a, b) -> node.node().compareDistance(a.node(), b.node()));
        known.addAll(near.subList(1, 60));
        for (int i = 60; i < near.size(); i += 20) {
            known.add(near.get(i));
        }
        known.sort((a, b) -> key.compareDistance(a.node(), b.node()));
        return known.subList(0, 20);
    }
}
