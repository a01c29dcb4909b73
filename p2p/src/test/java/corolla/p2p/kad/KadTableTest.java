package corolla.p2p.kad;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.p2p.PeerId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KadTableTest {

    static PeerId peer(int number) {
        byte[] key = new byte[36];
        key[0] = (byte) number;
        key[1] = (byte) (number >> 8);
        return PeerId.ofPublicKeyMessage(key);
    }

    private final KadTable table = new KadTable(peer(0), 3, 2);

    @Test
    void nearestAreSortedByTheDistanceOfTheirHashes() {
        for (int i = 1; i < 200; i++) {
            table.add(peer(i));
        }
        KadKey target = KadKey.of(peer(1000));
        List<PeerId> all = new ArrayList<>(table.nearest(target, 1000));
        assertThat(all).hasSize(table.size());
        List<PeerId> sorted = new ArrayList<>(all);
        sorted.sort((a, b) -> target.compareDistance(KadKey.of(a), KadKey.of(b)));
        assertThat(all).isEqualTo(sorted);
        assertThat(table.nearest(target, 5)).isEqualTo(sorted.subList(0, 5));
    }

    @Test
    void bucketsAreBoundedAndKeepWhomTheyKnow() {
        List<PeerId> far = new ArrayList<>();
        for (int i = 1; far.size() < 5; i++) {
            if (KadKey.of(peer(0)).commonBits(KadKey.of(peer(i))) == 0) {
                far.add(peer(i));
            }
        }
        far.forEach(table::add);
        assertThat(table.size()).isEqualTo(3);
        assertThat(table.nearest(KadKey.of(peer(0)), 10)).containsExactlyInAnyOrderElementsOf(far.subList(0, 3));
        table.fail(far.get(1));
        table.add(far.get(4));
        assertThat(table.nearest(KadKey.of(peer(0)), 10)).containsExactlyInAnyOrder(far.get(0), far.get(2), far.get(4));
    }

    @Test
    void failuresInARowEndAMembership() {
        table.add(peer(1));
        table.fail(peer(1));
        table.add(peer(1));
        table.fail(peer(1));
        assertThat(table.size()).isOne();
        table.fail(peer(1));
        assertThat(table.size()).isZero();
        table.fail(peer(2));
        table.remove(peer(2));
    }

    @Test
    void ourselvesIsNoMember() {
        table.add(peer(0));
        assertThat(table.size()).isZero();
    }
}
