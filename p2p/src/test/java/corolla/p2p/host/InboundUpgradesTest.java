package corolla.p2p.host;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import org.junit.jupiter.api.Test;

class InboundUpgradesTest {
    private final InboundUpgrades upgrades = new InboundUpgrades(8);
    private int port;

    /** Nothing but an address. */
    private record Raw(Endpoint remote) implements ByteStream {
        @Override
        public int read(byte[] into, int from, int count, Deadline deadline) {
            return -1;
        }

        @Override
        public void write(byte[] bytes, int from, int count, Deadline deadline) {}

        @Override
        public Endpoint local() {
            return remote;
        }

        @Override
        public void close() {}
    }

    private ByteStream from(String host) {
        return new Raw(new Endpoint(host, ++port));
    }

    @Test
    void slowestOfAnAddressGivesWayToTheNextFromThere() {
        ByteStream first = from("10.0.0.1");
        ByteStream second = from("10.0.0.1");
        assertThat(upgrades.enter(first)).isNull();
        assertThat(upgrades.enter(second)).isNull();
        assertThat(upgrades.enter(from("10.0.0.1"))).isSameAs(first);
        assertThat(upgrades.enter(from("10.0.0.2"))).isNull();
        assertThat(upgrades.enter(from("10.0.0.1"))).isSameAs(second);
        assertThat(upgrades.count()).isEqualTo(3);
    }

    @Test
    void fullHouseTakesFromWhoHasMost() {
        upgrades.enter(from("10.0.0.1"));
        for (int i = 2; i <= 6; i++) {
            upgrades.enter(from("10.0.0." + i));
        }
        ByteStream greedy = from("10.0.0.7");
        upgrades.enter(greedy);
        upgrades.enter(from("10.0.0.7"));
        assertThat(upgrades.enter(from("10.0.0.8"))).isSameAs(greedy);
        assertThat(upgrades.count()).isEqualTo(8);
    }

    @Test
    void whoIsSetUpMakesRoom() {
        ByteStream first = from("10.0.0.1");
        upgrades.enter(first);
        upgrades.enter(from("10.0.0.1"));
        upgrades.leave(first);
        upgrades.leave(first);
        assertThat(upgrades.enter(from("10.0.0.1"))).isNull();
        assertThat(upgrades.count()).isEqualTo(2);
    }
}
