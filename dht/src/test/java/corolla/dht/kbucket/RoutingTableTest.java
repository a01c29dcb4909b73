package corolla.dht.kbucket;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.dht.testing.Ids;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RoutingTableTest {
    private static final DhtId SELF = Ids.starting(0);

    @Test
    void nearestComeSortedAndWithoutTheExcluded() {
        RoutingTable table = new RoutingTable(SELF, 20, 5);
        for (int i = 1; i <= 10; i++) {
            assertThat(table.add(Ids.contact(i))).isEmpty();
        }
        List<Contact> nearest = table.nearest(Ids.starting(5), 4, Optional.of(Ids.starting(4)));
        assertThat(nearest).containsExactly(Ids.contact(5), Ids.contact(7), Ids.contact(6), Ids.contact(1));
    }

    @Test
    void ourselvesIsNoMember() {
        RoutingTable table = new RoutingTable(SELF, 20, 5);
        table.add(Ids.contact(0));
        assertThat(table.size()).isZero();
    }

    @Test
    void fullBucketFarAwayKeepsItsMembersAndNamesTheOldestToPing() {
        RoutingTable table = new RoutingTable(SELF, 2, 1);
        table.add(Ids.contact(0x80));
        table.add(Ids.contact(0x90));
        table.add(Ids.contact(0xa0)); // the root covers us and is split; the far half is full
        table.add(Ids.contact(0x80)); // heard of again: 0x90 is the oldest now
        assertThat(table.add(Ids.contact(0xb0))).contains(Ids.contact(0x90));
        assertThat(table.contains(Ids.starting(0xb0))).isFalse();
        table.remove(Ids.peer(0x90));
        assertThat(table.contains(Ids.starting(0xb0))).isTrue();
        assertThat(table.members()).containsExactlyInAnyOrder(Ids.contact(0x80), Ids.contact(0xb0));
    }

    @Test
    void bucketsNearUsAreSplit() {
        RoutingTable table = new RoutingTable(SELF, 2, 1);
        for (int i = 1; i <= 64; i *= 2) {
            assertThat(table.add(Ids.contact(i))).isEmpty();
        }
        assertThat(table.size()).isEqualTo(7);
        assertThat(table.bucketCount()).isGreaterThan(4);
    }

    @Test
    void bucketsOfOtherDepthsThanMultiplesOfTheModuloAreSplit() {
        SplittableRandom random = new SplittableRandom(1);
        RoutingTable strict = new RoutingTable(SELF, 4, 1);
        RoutingTable loose = new RoutingTable(SELF, 4, 5);
        for (int i = 0; i < 2000; i++) {
            Contact contact = Ids.random(random, i);
            strict.add(contact);
            loose.add(contact);
        }
        assertThat(loose.size()).isGreaterThan(2 * strict.size());
    }

    @Test
    void aPeerWithANewIdLosesItsFormerOne() {
        RoutingTable table = new RoutingTable(SELF, 20, 5);
        table.add(new Contact(Ids.starting(7), Ids.peer(1)));
        table.add(new Contact(Ids.starting(9), Ids.peer(1)));
        assertThat(table.members()).containsExactly(new Contact(Ids.starting(9), Ids.peer(1)));
    }

    @Test
    void nobodyTakesTheIdOfAnotherPeer() {
        RoutingTable table = new RoutingTable(SELF, 20, 5);
        table.add(Ids.contact(7));
        assertThat(table.add(new Contact(Ids.starting(7), Ids.peer(1)))).contains(Ids.contact(7));
        assertThat(table.members()).containsExactly(Ids.contact(7));
    }

    @Test
    void nearestEqualsSortingAllMembers() {
        SplittableRandom random = new SplittableRandom(2);
        RoutingTable table = new RoutingTable(DhtId.random(random), 20, 5);
        for (int i = 0; i < 3000; i++) {
            table.add(Ids.random(random, i));
        }
        for (int i = 0; i < 50; i++) {
            DhtId target = DhtId.random(random);
            List<Contact> sorted = new ArrayList<>(table.members());
            sorted.sort((a, b) -> target.compareDistance(a.node(), b.node()));
            assertThat(table.nearest(target, 20, Optional.empty())).isEqualTo(sorted.subList(0, 20));
        }
    }

    @Test
    void removingAllLeavesNothing() {
        SplittableRandom random = new SplittableRandom(3);
        RoutingTable table = new RoutingTable(SELF, 3, 5);
        for (int i = 0; i < 500; i++) {
            table.add(Ids.random(random, i));
        }
        while (table.size() > 0) {
            int before = table.size();
            table.remove(table.members().getFirst().peer());
            assertThat(table.members()).hasSize(table.size());
            assertThat(table.size()).isBetween(before - 1, before); // a replacement may move up
        }
        assertThat(table.members()).isEmpty();
    }
}
