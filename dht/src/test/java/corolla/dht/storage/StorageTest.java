package corolla.dht.storage;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.msgpack.Pack;
import corolla.dht.kbucket.DhtId;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The rules of hivemind-wire §4.3; those marked [V] there have been seen on stock nodes. */
class StorageTest {
    private static final DhtId KEY = DhtId.ofKey(Pack.of("key"));
    private static final Pack A = Pack.of("a");
    private static final Pack B = Pack.of("b");

    private final Storage storage = new Storage(new StorageLimits(10, 100_000, 3, 1000, 1000));

    private static byte[] value(int number) {
        return new byte[] {(byte) number};
    }

    private Map<Pack, StoredValue.Regular> entries(double now) {
        return ((StoredValue.Dictionary) storage.get(KEY, now).orElseThrow()).entries();
    }

    @Test
    void laterExpirationReplacesARegularValue() {
        assertThat(storage.store(KEY, value(1), 20, 0)).isTrue();
        assertThat(storage.store(KEY, value(2), 20, 0)).isFalse();
        assertThat(storage.store(KEY, value(2), 19, 0)).isFalse();
        assertThat(storage.store(KEY, value(3), 21, 0)).isTrue();
        assertThat(storage.get(KEY, 0)).hasValueSatisfying(found -> {
            assertThat(((StoredValue.Regular) found).value()).containsExactly(3);
            assertThat(found.expiration()).isEqualTo(21);
        });
    }

    @Test
    void whatHasExpiredIsNotStored() {
        assertThat(storage.store(KEY, value(1), 5, 5)).isFalse();
        assertThat(storage.storeSubkey(KEY, A, value(1), 4, 5)).isFalse();
        assertThat(storage.get(KEY, 5)).isEmpty();
    }

    @Test
    void expiredValuesVanish() {
        storage.store(KEY, value(1), 10, 0);
        assertThat(storage.get(KEY, 9.99)).isPresent();
        assertThat(storage.get(KEY, 10)).isEmpty();
        assertThat(storage.size()).isZero();
        assertThat(storage.bytes()).isZero();
    }

    @Test
    void newSubkeyIsTakenAndRaisesTheExpiration() {
        assertThat(storage.storeSubkey(KEY, A, value(1), 20, 0)).isTrue();
        assertThat(storage.storeSubkey(KEY, B, value(2), 30, 0)).isTrue();
        assertThat(storage.get(KEY, 0).map(StoredValue::expiration)).contains(30.0);
        assertThat(entries(0).keySet()).containsExactly(A, B);
    }

    @Test
    void sameSubkeyWithTheSameExpirationIsRefused() {
        storage.storeSubkey(KEY, A, value(1), 20, 0);
        assertThat(storage.storeSubkey(KEY, A, value(2), 20, 0)).isFalse();
        assertThat(storage.storeSubkey(KEY, A, value(2), 21, 0)).isTrue();
        assertThat(entries(0).get(A))
                .isNotNull()
                .satisfies(entry -> assertThat(entry.value()).containsExactly(2));
    }

    @Test
    void anOlderEntryOfAnotherSubkeyDoesNotLowerTheExpiration() {
        storage.storeSubkey(KEY, A, value(1), 30, 0);
        storage.storeSubkey(KEY, B, value(2), 20, 0);
        assertThat(storage.get(KEY, 0).map(StoredValue::expiration)).contains(30.0);
    }

    @Test
    void expiredEntriesVanishFromALivingDictionary() {
        storage.storeSubkey(KEY, A, value(1), 10, 0);
        storage.storeSubkey(KEY, B, value(2), 20, 0);
        assertThat(entries(15).keySet()).containsExactly(B);
    }

    @Test
    void regularValueReplacesADictionaryOnlyIfItExpiresLaterThanAllOfIt() {
        storage.storeSubkey(KEY, A, value(1), 10, 0);
        storage.storeSubkey(KEY, B, value(2), 30, 0);
        assertThat(storage.store(KEY, value(3), 20, 0)).isFalse();
        assertThat(storage.store(KEY, value(3), 30, 0)).isFalse();
        assertThat(storage.store(KEY, value(3), 31, 0)).isTrue();
        assertThat(storage.get(KEY, 0)).containsInstanceOf(StoredValue.Regular.class);
    }

    @Test
    void dictionaryReplacesARegularValueOnlyIfItExpiresLater() {
        storage.store(KEY, value(1), 20, 0);
        assertThat(storage.storeSubkey(KEY, A, value(2), 20, 0)).isFalse();
        assertThat(storage.storeSubkey(KEY, A, value(2), 21, 0)).isTrue();
        assertThat(entries(0)).hasSize(1);
    }

    @Test
    void limitsOfOneValueHold() {
        assertThat(storage.store(KEY, new byte[1001], 10, 0)).isFalse();
        assertThat(storage.store(KEY, value(1), 1001, 0)).isFalse();
        assertThat(storage.store(KEY, value(1), Double.POSITIVE_INFINITY, 0)).isFalse();
        assertThat(storage.store(KEY, value(1), Double.NaN, 0)).isFalse();
        for (int i = 0; i < 3; i++) {
            assertThat(storage.storeSubkey(KEY, Pack.of(i), value(1), 10, 0)).isTrue();
        }
        assertThat(storage.storeSubkey(KEY, Pack.of(3), value(1), 10, 0)).isFalse();
        assertThat(storage.storeSubkey(KEY, Pack.of(2), value(1), 11, 0)).isTrue();
        assertThat(storage.storeSubkey(KEY, Pack.of(3), value(1), 20, 10.5)).isTrue(); // the others have expired
    }

    @Test
    void whenFullTheRecordThatExpiresLastGivesWay() {
        for (int i = 0; i < 10; i++) {
            assertThat(storage.store(DhtId.ofKey(Pack.of(i)), value(i), 100 + i, 0))
                    .isTrue();
        }
        assertThat(storage.store(KEY, value(1), 200, 0)).isFalse();
        assertThat(storage.store(KEY, value(1), 50, 0)).isTrue();
        assertThat(storage.size()).isEqualTo(10);
        assertThat(storage.get(DhtId.ofKey(Pack.of(9)), 0)).isEmpty();
        assertThat(storage.get(DhtId.ofKey(Pack.of(0)), 0)).isPresent();
    }

    @Test
    void bytesAreCountedAndLimited() {
        Storage small = new Storage(new StorageLimits(1000, 10_000, 100, 2000, 1000));
        int stored = 0;
        for (int i = 0; i < 100; i++) {
            stored += small.store(DhtId.ofKey(Pack.of(i)), new byte[1000], 100, 0) ? 1 : 0;
        }
        assertThat(stored).isEqualTo(7); // 1256 bytes each
        assertThat(small.bytes()).isLessThanOrEqualTo(10_000);
        assertThat(small.keys(100)).isEmpty();
        assertThat(small.bytes()).isZero();
    }

    @Test
    void refusedGrowthKeepsWhatWasThere() {
        Storage small = new Storage(new StorageLimits(1000, 2000, 100, 2000, 1000));
        assertThat(small.storeSubkey(KEY, A, new byte[1000], 10, 0)).isTrue();
        assertThat(small.storeSubkey(KEY, B, new byte[1000], 20, 0)).isFalse();
        assertThat(small.get(KEY, 0))
                .hasValueSatisfying(found -> assertThat(found.bytes()).isEqualTo(1000));
    }

    @Test
    void foundDictionariesMergeEntryByEntry() {
        storage.storeSubkey(KEY, A, value(1), 10, 0);
        storage.merge(
                KEY,
                StoredValue.Dictionary.of(
                        Map.of(A, new StoredValue.Regular(value(2), 5), B, new StoredValue.Regular(value(3), 20))),
                0);
        assertThat(entries(0).get(A))
                .satisfies(entry -> assertThat(entry.value()).containsExactly(1));
        assertThat(entries(0).keySet()).containsExactlyInAnyOrder(A, B);
        storage.merge(KEY, new StoredValue.Regular(value(9), 15), 0);
        assertThat(storage.get(KEY, 0)).containsInstanceOf(StoredValue.Dictionary.class);
        assertThat(Optional.of(storage.keys(0))).isPresent();
    }
}
