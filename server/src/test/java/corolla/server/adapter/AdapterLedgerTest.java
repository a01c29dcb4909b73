package corolla.server.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.server.adapter.AdapterLedger.Entry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterLedgerTest {
    private static final AdapterLimits LIMITS = AdapterLimits.defaults().withMemory(3, 100);

    private final AdapterLedger<String> ledger = new AdapterLedger<>(LIMITS);

    private Entry<String> lease(String name) {
        return ledger.lease(name).orElseThrow();
    }

    private static Optional<String> name(Optional<Entry<String>> entry) {
        return entry.map(freed -> freed.adapter);
    }

    @Test
    void whatNobodyUsesGoesWhenItIsRemoved() {
        ledger.add("cats", "cats 1", 40);
        assertThat(ledger.names(_ -> true)).containsExactly("cats");
        assertThat(name(ledger.remove("cats"))).contains("cats 1");
        assertThat(ledger.names(_ -> true)).isEmpty();
        assertThat(ledger.bytes()).isZero();
        assertThat(ledger.remove("cats")).isEmpty();
    }

    @Test
    void whatIsInUseGoesWithTheLastLeaseAndIsRefusedAtOnce() {
        ledger.add("cats", "cats 1", 40);
        Entry<String> first = lease("cats");
        Entry<String> second = lease("cats");
        assertThat(ledger.remove("cats")).isEmpty();
        assertThat(ledger.lease("cats")).isEmpty();
        assertThat(ledger.bytes()).isEqualTo(40);
        assertThat(ledger.release(first)).isFalse();
        assertThat(ledger.bytes()).isEqualTo(40);
        assertThat(ledger.release(second)).isTrue();
        assertThat(ledger.bytes()).isZero();
    }

    @Test
    void endedLeasesFreeNothingThatIsStillServed() {
        ledger.add("cats", "cats 1", 40);
        assertThat(ledger.release(lease("cats"))).isFalse();
        assertThat(ledger.names(_ -> true)).containsExactly("cats");
        assertThatThrownBy(() -> ledger.release(ledgerEntry())).isInstanceOf(IllegalStateException.class);
    }

    private Entry<String> ledgerEntry() {
        Entry<String> entry = lease("cats");
        ledger.release(entry);
        return entry;
    }

    @Test
    void replacedOneIsKeptForThoseThatUseIt() {
        ledger.add("cats", "cats 1", 40);
        Entry<String> old = lease("cats");
        assertThat(ledger.add("cats", "cats 2", 50)).isEmpty();
        assertThat(lease("cats").adapter).isEqualTo("cats 2");
        assertThat(ledger.bytes()).isEqualTo(90);
        assertThat(ledger.release(old)).isTrue();
        assertThat(ledger.bytes()).isEqualTo(50);
    }

    @Test
    void replacedOneThatNobodyUsesGoesAtOnce() {
        ledger.add("cats", "cats 1", 90);
        assertThat(ledger.refusal("cats", 95)).isEmpty();
        assertThat(name(ledger.add("cats", "cats 2", 95))).contains("cats 1");
        assertThat(ledger.bytes()).isEqualTo(95);
    }

    @Test
    void limitsCountWhatIsRemovedAndStillInUse() {
        ledger.add("cats", "cats 1", 40);
        ledger.add("dogs", "dogs 1", 20);
        Entry<String> cats = lease("cats");
        ledger.remove("cats");
        assertThat(ledger.refusal("birds", 40)).isEmpty();
        assertThat(ledger.refusal("birds", 41))
                .hasValueSatisfying(why -> assertThat(why).contains("41 bytes", "60 of the 100", "still in use: cats"));
        ledger.add("birds", "birds 1", 10);
        assertThat(ledger.refusal("fish", 0))
                .hasValueSatisfying(why -> assertThat(why).contains("3 are allowed"));
        ledger.release(cats);
        assertThat(ledger.refusal("fish", 70)).isEmpty();
    }

    @Test
    void clearingGivesEverythingBackOnce() {
        ledger.add("cats", "cats 1", 40);
        lease("cats");
        ledger.remove("cats");
        ledger.add("dogs", "dogs 1", 20);
        assertThat(ledger.clear()).extracting(entry -> entry.adapter).containsExactlyInAnyOrder("cats 1", "dogs 1");
        assertThat(ledger.clear()).isEmpty();
        assertThat(ledger.bytes()).isZero();
    }

    /** Whatever happens in whatever order: each is freed exactly once, never while it is leased, and limits hold. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void nothingIsFreedTwiceOrTooEarly(long seed) {
        var random = new Random(seed);
        List<Entry<String>> leased = new ArrayList<>();
        Set<String> freed = new HashSet<>();
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            String name = "a" + random.nextInt(4);
            switch (random.nextInt(4)) {
                case 0 -> {
                    int bytes = random.nextInt(60);
                    if (ledger.refusal(name, bytes).isEmpty()) {
                        made.add(name + " " + i);
                        ledger.add(name, made.getLast(), bytes).ifPresent(entry -> free(entry, leased, freed));
                    }
                }
                case 1 -> ledger.lease(name).ifPresent(leased::add);
                case 2 -> ledger.remove(name).ifPresent(entry -> free(entry, leased, freed));
                default -> {
                    if (!leased.isEmpty()) {
                        Entry<String> entry = leased.remove(random.nextInt(leased.size()));
                        if (ledger.release(entry)) {
                            free(entry, leased, freed);
                        }
                    }
                }
            }
            assertThat(ledger.bytes()).isBetween(0L, 100L);
            assertThat(made.size() - freed.size()).isLessThanOrEqualTo(3);
        }
        ledger.clear().forEach(entry -> assertThat(freed.add(entry.adapter)).isTrue());
        assertThat(freed).containsExactlyInAnyOrderElementsOf(made);
    }

    private static void free(Entry<String> entry, List<Entry<String>> leased, Set<String> freed) {
        assertThat(leased).doesNotContain(entry);
        assertThat(freed.add(entry.adapter)).as(entry.adapter).isTrue();
    }
}
