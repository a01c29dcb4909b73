package corolla.dht.protocol;

import corolla.base.msgpack.Pack;
import corolla.dht.kbucket.DhtId;
import corolla.dht.storage.DictionaryForm;
import corolla.dht.storage.StoredValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records as items of store requests, and requests within the size that the other side takes. */
public final class StoreItems {
    /** The subkey of a regular value: MessagePack's nil. */
    static final byte[] NO_SUBKEY = {(byte) 0xc0};

    private static final byte[] WHOLE_DICTIONARY = {};
    private static final int ITEM_OVERHEAD_BYTES = 48;
    private static final int REQUEST_BYTES_MAX = 3 << 20;

    private StoreItems() {}

    /** A record as we keep it. */
    static DhtMessages.StoreItem of(DhtId key, StoredValue value, boolean inCache) {
        return switch (value) {
            case StoredValue.Regular regular ->
                new DhtMessages.StoreItem(key.bytes(), NO_SUBKEY, regular.value(), regular.expiration(), inCache);
            case StoredValue.Dictionary dictionary ->
                new DhtMessages.StoreItem(
                        key.bytes(),
                        WHOLE_DICTIONARY,
                        DictionaryForm.encode(dictionary),
                        dictionary.expiration(),
                        inCache);
        };
    }

    /** A record for a node's cache. */
    public static DhtMessages.StoreItem cached(DhtId key, StoredValue value) {
        return of(key, value, true);
    }

    /** The subkey's form on the wire; null is that of a regular value. */
    public static byte[] subkeyBytes(@Nullable Pack subkey) {
        return subkey == null ? NO_SUBKEY : subkey.encode();
    }

    /** Cuts a list into requests that stay well below the limit of a unary message, and of {@code itemsMax} items. */
    static List<List<DhtMessages.StoreItem>> requests(List<DhtMessages.StoreItem> items, int itemsMax) {
        List<List<DhtMessages.StoreItem>> requests = new ArrayList<>();
        List<DhtMessages.StoreItem> current = new ArrayList<>();
        long bytes = 0;
        for (DhtMessages.StoreItem item : items) {
            long itemBytes = ITEM_OVERHEAD_BYTES + (long) item.subkey().length + item.value().length;
            if (!current.isEmpty() && (bytes + itemBytes > REQUEST_BYTES_MAX || current.size() == itemsMax)) {
                requests.add(current);
                current = new ArrayList<>();
                bytes = 0;
            }
            current.add(item);
            bytes += itemBytes;
        }
        if (!current.isEmpty()) {
            requests.add(current);
        }
        return requests;
    }
}
